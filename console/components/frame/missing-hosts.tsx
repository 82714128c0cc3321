/** Says which of the chosen hosts have sent nothing in the range: gone, struck off, or misspelt. */
import type { Selection } from '../../../common/dashboard/selection.ts';
import { Icon } from '../icon.tsx';

/** More names say no more. */
const maxNames = 5;

export function MissingHosts({ selection }: { readonly selection: Selection }) {
  const instance = selection.get('instance');
  if (instance === undefined || instance.selected === 'all') return null;
  const missing = instance.selected.filter((host) => !instance.options.includes(host));
  if (missing.length === 0) return null;
  const names = missing.slice(0, maxNames).join(', ');
  const more = missing.length > maxNames ? ` and ${missing.length - maxNames} more` : '';
  return (
    <p class="strip" role="status">
      <Icon name="warning" /> Nothing was heard from {names}
      {more} in this time range: gone, struck off, or another name.
    </p>
  );
}
