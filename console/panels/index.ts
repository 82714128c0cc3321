/** Lists the panel types by Grafana's names. */
import type { FunctionComponent } from 'preact';
import { BarGaugePanel, StatPanel } from './current.tsx';
import type { PanelProps } from './panel-props.ts';
import { TablePanel } from './table.tsx';
import { TextPanel } from './text.tsx';
import { TimeSeriesPanel } from './timeseries.tsx';

export const panelComponents: Readonly<Record<string, FunctionComponent<PanelProps>>> = {
  timeseries: TimeSeriesPanel,
  stat: StatPanel,
  gauge: StatPanel,
  bargauge: BarGaugePanel,
  table: TablePanel,
  text: TextPanel,
};
