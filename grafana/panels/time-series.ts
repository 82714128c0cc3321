/** Builds time series panels: one or more catalogue metrics from the active tier, with recorded peaks beside the means. */
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';
import type { Matcher } from '../../common/catalogue/expression.ts';
import type { Unit } from '../../common/catalogue/metrics.ts';
import { catalogued, type Line, letterOf, lineTargets, peakSuffix } from '../queries/queries.ts';
import { datasource } from '../queries/variables.ts';
import { dataLink, hostOfSeries, thresholdsOf, tryAlertSteps } from './panel-options.ts';

/** Fixed, so that the step depends only on the range: 5 s for 1 h, 30 s for 6 h, 2 min for 24 h (5 min in half-width panels), 15 min for 7 d, 1 h for 30 d. */
const maxDataPoints = 720;

/** Grafana's names for the units of the catalogue. */
const grafanaUnits: Readonly<Record<Unit, string>> = {
  percent: 'percent',
  count: 'short',
  load: 'short',
  bytes: 'bytes',
  'bytes/s': 'Bps',
  'ops/s': 'iops',
  // Grafana's `pps` would show 0.05 p/s as 50 mp/s.
  'packets/s': 'count:p/s',
  'errors/s': 'count:p/s',
};

/** Settings that panels share. */
interface PanelGroup {
  /** Start of all legends. Panels whose legends start with `{{instance}}` compare hosts: their lines link to the host. */
  readonly legend?: string;
  readonly where?: readonly Matcher[];
  readonly width?: 8 | 12 | 24;
}

interface TimeSeries extends PanelGroup, Pick<Line, 'wrap'> {
  readonly title: string;
  readonly description: string;
  /** A metric, or metrics of one unit with the ends of their legends. */
  readonly metrics: string | Readonly<Record<string, string>>;
  /** Metrics whose recorded peaks are hidden. */
  readonly withoutPeaks?: readonly string[];
  /** Whether the lines are stacked and filled. */
  readonly isStacked?: true;
}

export function timeSeriesPanels(group: PanelGroup, panels: readonly TimeSeries[]): timeseries.PanelBuilder[] {
  return panels.map((panel) => timeSeries({ ...group, ...panel }));
}

function timeSeries(panel: TimeSeries): timeseries.PanelBuilder {
  const { title, description, isStacked, width = 12 } = panel;
  const lines = linesOf(panel);
  const isOfHosts = lines.every(({ legend }) => legend.startsWith('{{instance}}'));
  const [{ metric }] = lines;
  const { unit } = catalogued(metric);
  // In a panel of several metrics, the threshold of one would mislead.
  const steps = lines.length === 1 ? tryAlertSteps(metric) : undefined;
  // Half-width panels of all hosts: points every two minutes of a day would be megabytes, and more points than pixels.
  const least = isOfHosts && width < 24 ? '5m' : undefined;
  const builder = new timeseries.PanelBuilder()
    .title(title)
    .description(description)
    .datasource(datasource)
    .span(width)
    .height(8)
    .maxDataPoints(maxDataPoints)
    .targets(lines.flatMap((line, index) => lineTargets(line, letterOf(index), least)))
    .unit(grafanaUnits[unit])
    .min(0)
    .thresholds(thresholdsOf(steps))
    .colorScheme(new dashboard.FieldColorBuilder().mode(isOfHosts ? colourByHost : colourByLine))
    .legend(legendTable())
    .tooltip(
      new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.Descending),
    )
    .lineWidth(1)
    .fillOpacity(isStacked ? 40 : 8)
    .showPoints(common.VisibilityMode.Never)
    // A gap means that the host sent nothing, so it is never bridged.
    .spanNulls(false)
    .thresholdsStyle(
      new common.GraphThresholdsStyleConfigBuilder().mode(
        steps === undefined ? common.GraphThresholdsStyleMode.Off : common.GraphThresholdsStyleMode.Dashed,
      ),
    )
    .stacking(
      new common.StackingConfigBuilder().mode(isStacked ? common.StackingMode.Normal : common.StackingMode.None),
    )
    .overrideByRegexp(`/${peakSuffix}$/`, peakStyle);
  if (unit === 'percent') builder.max(100);
  if (isOfHosts) builder.dataLinks([dataLink(hostOfSeries)]);
  return builder;
}

function linesOf({ metrics, legend = '', where = [], wrap, withoutPeaks = [] }: TimeSeries): [Line, ...Line[]] {
  const ends = typeof metrics === 'string' ? { [metrics]: '' } : metrics;
  return Object.entries(ends).map(([metric, end]) => ({
    metric,
    legend: `${legend} ${end}`.trim(),
    where,
    hasPeaks: !withoutPeaks.includes(metric),
    ...(wrap === undefined ? {} : { wrap }),
  })) as [Line, ...Line[]];
}

/** In panels of hosts, a host has the same colour on every panel. */
const colourByHost = dashboard.FieldColorModeId.PaletteClassicByName;
/** In panels of one host, neighbouring lines differ. */
const colourByLine = dashboard.FieldColorModeId.PaletteClassic;

const peakStyle = [
  { id: 'custom.lineStyle', value: { fill: 'dash', dash: [4, 4] } },
  { id: 'custom.fillOpacity', value: 0 },
  { id: 'custom.stacking', value: { mode: 'none', group: 'A' } },
];

function legendTable(): common.VizLegendOptionsBuilder {
  return new common.VizLegendOptionsBuilder()
    .showLegend(true)
    .displayMode(common.LegendDisplayMode.Table)
    .placement(common.LegendPlacement.Bottom)
    .calcs(['mean', 'max', 'lastNotNull'])
    .sortBy('Max')
    .sortDesc(true);
}
