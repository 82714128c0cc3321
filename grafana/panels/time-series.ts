/** Time series panels: one or more catalogue metrics from the active tier, with recorded peaks beside the means. */
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';
import { catalogued, type Line, letterOf, lineTargets, peakSuffix } from '../queries/queries.ts';
import { datasource } from '../queries/variables.ts';
import { dataLink, moreOn } from './links.ts';
import { thresholdsOf, tryAlertSteps } from './thresholds.ts';
import { grafanaUnit } from './units.ts';

/** Fixed, so that the step depends only on the range: 5 s for 1 h, 30 s for 6 h, 2 min for 24 h (5 min in half-width panels), 15 min for 7 d, 1 h for 30 d. */
export const maxDataPoints = 720;

export interface TimeSeries {
  readonly title: string;
  readonly description: string;
  /** All of one unit, the unit of the panel. */
  readonly lines: readonly [Line, ...Line[]];
  /** Whether the lines are stacked and filled. */
  readonly isStacked?: true;
  readonly width?: 8 | 12 | 24;
  /** Link of every line. */
  readonly link?: { readonly title: string; readonly url: string };
  /** Uid and name of the dashboard with more detail. */
  readonly more?: { readonly title: string; readonly uid: string };
}

export function timeSeries(panel: TimeSeries): timeseries.PanelBuilder {
  const { title, description, lines, isStacked, width = 12, link, more } = panel;
  const { unit } = catalogued(lines[0].metric);
  // Half-width panels of all hosts: points every two minutes of a day would be megabytes, and more points than pixels.
  const isCrowded = link !== undefined && width < 24;
  const builder = new timeseries.PanelBuilder()
    .title(title)
    .description(description)
    .datasource(datasource)
    .span(width)
    .height(8)
    .maxDataPoints(maxDataPoints)
    .targets(lines.flatMap((line, index) => lineTargets(line, letterOf(index), isCrowded ? '5m' : undefined)))
    .unit(grafanaUnit(unit))
    .min(0)
    .thresholds(thresholdsOf(lines.length === 1 ? tryAlertSteps(lines[0].metric) : undefined))
    .colorScheme(new dashboard.FieldColorBuilder().mode(paletteOf(lines)))
    .legend(legend())
    .tooltip(
      new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.Descending),
    )
    .lineWidth(1)
    .fillOpacity(isStacked ? 40 : 8)
    .showPoints(common.VisibilityMode.Never)
    // A gap means that the host sent nothing, so it is never bridged.
    .spanNulls(false)
    .thresholdsStyle(thresholdLines(lines))
    .stacking(
      new common.StackingConfigBuilder().mode(isStacked ? common.StackingMode.Normal : common.StackingMode.None),
    )
    .overrideByRegexp(`/${peakSuffix}$/`, peakStyle);
  if (unit === 'percent') builder.max(100);
  if (link !== undefined) builder.dataLinks([dataLink(link)]);
  if (more !== undefined) builder.links([moreOn(more.title, more.uid)]);
  return builder;
}

/** In panels of hosts, a host has the same colour on every panel; in panels of one host, neighbouring lines differ. */
function paletteOf(lines: TimeSeries['lines']): dashboard.FieldColorModeId {
  return lines.every(({ legend }) => legend.startsWith('{{instance}}'))
    ? dashboard.FieldColorModeId.PaletteClassicByName
    : dashboard.FieldColorModeId.PaletteClassic;
}

const peakStyle = [
  { id: 'custom.lineStyle', value: { fill: 'dash', dash: [4, 4] } },
  { id: 'custom.fillOpacity', value: 0 },
  { id: 'custom.stacking', value: { mode: 'none', group: 'A' } },
];

function legend(): common.VizLegendOptionsBuilder {
  return new common.VizLegendOptionsBuilder()
    .showLegend(true)
    .displayMode(common.LegendDisplayMode.Table)
    .placement(common.LegendPlacement.Bottom)
    .calcs(['mean', 'max', 'lastNotNull'])
    .sortBy('Max')
    .sortDesc(true);
}

/** Only for panels of one metric: in a panel of several metrics, the threshold of one would mislead. */
function thresholdLines(lines: TimeSeries['lines']): common.GraphThresholdsStyleConfigBuilder {
  const has = lines.length === 1 && tryAlertSteps(lines[0].metric) !== undefined;
  return new common.GraphThresholdsStyleConfigBuilder().mode(
    has ? common.GraphThresholdsStyleMode.Dashed : common.GraphThresholdsStyleMode.Off,
  );
}
