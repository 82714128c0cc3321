/** Props, context and placeholder shared by all panel types. */
import { fieldOf } from '../dashboard/field.ts';
import type { TimeRange } from '../dashboard/interval.ts';
import type { Panel, Selection } from '../dashboard/model.ts';
import type { Answer, Mark } from '../dashboard/queries/panel-queries.ts';

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
