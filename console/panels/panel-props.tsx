/** Props, context and placeholder shared by all panel types. */
import { createContext } from 'preact';
import type { TimeRange } from '../../common/dashboard/interval.ts';
import type { Panel } from '../../common/dashboard/model.ts';
import type { Selection } from '../../common/dashboard/selection.ts';
import { fieldOf } from '../dashboard/field.ts';
import type { Mark } from '../dashboard/legend.ts';
import type { Answer } from '../dashboard/queries/requests.ts';

export interface PanelProps {
  readonly panel: Panel;
  /** One answer for each request. Keeps its identity until new answers arrive. */
  readonly answers: readonly Answer[];
  /** Range of the answers. */
  readonly range: TimeRange;
  readonly selection: Selection;
  readonly marks: readonly Mark[];
  /** Charts with the same key share their cursor. */
  readonly syncKey: string;
  readonly onZoom: (fromMs: number, toMs: number) => void;
  readonly onZoomOut: () => void;
}

interface EmptyProps {
  readonly panel: Panel;
  /** Reason in small print. */
  readonly why?: string | undefined;
}

export function Empty({ panel, why }: EmptyProps) {
  const { noValue } = fieldOf(panel.fieldConfig, { name: '' });
  return (
    <p class="panel-empty">
      {noValue ?? 'No data'}
      {why === undefined ? null : <small>{why}</small>}
    </p>
  );
}

export const HostsContext = createContext<readonly string[]>([]);
