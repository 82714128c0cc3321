/** A panel's links to what shows more of the same. */
import type { PanelLink } from '../../../common/dashboard/model.ts';
import type { Selection } from '../../../common/dashboard/selection.ts';
import { fillLink } from '../../dashboard/link.ts';
import { useStore } from '../../hooks/store.ts';
import { useServices } from '../../services.ts';

export interface PanelLinksProps {
  readonly links: readonly PanelLink[];
  readonly selection: Selection | undefined;
}

export function PanelLinks({ links, selection }: PanelLinksProps) {
  const { navigation } = useServices();
  const { query } = useStore(navigation.place);
  if (links.length === 0 || selection === undefined) return null;
  return (
    <nav class="panel-links" aria-label="More">
      {links.map(({ title, url }) => (
        <a key={title} href={fillLink(url, { query, selection, labels: {}, fields: {} })} title={`More: ${title}`}>
          <span>{title}</span> →
        </a>
      ))}
    </nav>
  );
}
