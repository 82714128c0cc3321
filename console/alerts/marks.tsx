/** An alert's severity as word, picture and colour. */
import { Icon } from '../components/icon.tsx';
import { faceOf } from './severity.ts';

export function SeverityMark({ severity }: { readonly severity: string | undefined }) {
  const { word, icon, tone } = faceOf(severity);
  return (
    <span class={`mark ${tone}`}>
      <Icon name={icon} /> {word}
    </span>
  );
}
