/** What a panel is drawn from. */

import { createContext } from 'preact';
import type { TimeRange } from '../../common/dashboard/interval.ts';
import type { Panel } from '../../common/dashboard/model.ts';
import type { Selection } from '../../common/dashboard/selection.ts';
import { fieldOf } from '../dashboard/field.ts';
import type { Mark } from '../dashboard/legend.ts';
import type { Answer } from '../dashboard/queries/answers.ts';

export interface PanelProps {
  readonly panel: Panel;
  /** One for each request that was sent; the same object as long as nothing new came. */
  readonly answers: readonly Answer[];
  /** Of the answers. */
  readonly range: TimeRange;
  readonly selection: Selection;
  readonly marks: readonly Mark[];
  /** Charts of one dashboard move their cursors together. */
  readonly syncKey: string;
  readonly onZoom: (fromMs: number, toMs: number) => void;
  readonly onZoomOut: () => void;
}

export interface EmptyProps {
  readonly panel: Panel;
  /** Smaller, below. */
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
