/** Why a panel has nothing to show, in the words of who refused. */
import { Icon } from '../icon.tsx';

export function PanelError({ words }: { readonly words: string }) {
  return (
    <div class="panel-error" role="alert">
      <Icon name="warning" />
      <p>{words}</p>
    </div>
  );
}
