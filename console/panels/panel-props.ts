/** Defines the props that all panel types share. */
import { type Panel, type Selection, type TimeRange } from '../dashboard/model.ts';
import { type Mark } from '../dashboard/queries/marks.ts';
import type { Answer } from '../dashboard/queries/panel-queries.ts';

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
