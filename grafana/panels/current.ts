/** Builds the panels of current values (single values, bars): instant queries at the end of the range, over five minutes. */
import * as bargauge from '@grafana/grafana-foundation-sdk/bargauge';
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import { instantTarget, letterOf } from '../queries/queries.ts';
import { datasource } from '../queries/variables.ts';
import { dataLink, hostOfSeries, moreOn, thresholdsOf } from './panel-options.ts';

/** Window of the means: the step of the coarsest tier, so that every tier has a point in it. */
export const currentInterval = '5m';
/** Keeps Grafana's step below the window for every range within 30 days. */
export const currentMaxDataPoints = 11_000;

interface CurrentPanel {
  readonly title: string;
  readonly description: string;
  readonly unit: string;
  readonly steps?: readonly dashboard.Threshold[] | undefined;
  /** The dashboard with more detail. */
  readonly more?: { readonly title: string; readonly uid: string };
}

interface Stat extends CurrentPanel {
  readonly decimals?: number;
  /** PromQL by the name shown beside the value. A single value needs no name. */
  readonly values: readonly { readonly expr: string; readonly legend: string }[];
  readonly mappings?: readonly dashboard.ValueMapping[];
  /** Legends of values that are neutral whole numbers. */
  readonly counts?: readonly string[];
}

export function statPanel(panel: Stat): stat.PanelBuilder {
  const { title, description, unit, decimals, values, steps, mappings, counts = [], more } = panel;
  const builder = new stat.PanelBuilder()
    .title(title)
    .description(description)
    .datasource(datasource)
    .span(4)
    .height(4)
    .interval(currentInterval)
    .maxDataPoints(currentMaxDataPoints)
    .targets(values.map(({ expr, legend }, index) => instantTarget(letterOf(index), expr, legend)))
    .unit(unit)
    .noValue('–')
    .thresholds(thresholdsOf(steps))
    .colorScheme(byThreshold())
    .graphMode(common.BigValueGraphMode.None)
    .colorMode(common.BigValueColorMode.Value)
    .textMode(values.length > 1 ? common.BigValueTextMode.ValueAndName : common.BigValueTextMode.Value)
    .reduceOptions(lastValue());
  if (decimals !== undefined) builder.decimals(decimals);
  for (const legend of counts) builder.overrideByName(legend, countStyle);
  if (mappings !== undefined) builder.mappings([...mappings]);
  if (more !== undefined) builder.links([moreOn(more.title, more.uid)]);
  return builder;
}

const countStyle = [
  { id: 'unit', value: 'none' },
  { id: 'decimals', value: 0 },
  { id: 'color', value: { mode: dashboard.FieldColorModeId.Fixed, fixedColor: 'text' } },
];

interface Worst extends CurrentPanel {
  /** PromQL that returns one series per bar. */
  readonly expr: string;
  readonly legend: string;
  readonly max?: number;
}

/** Shows the five highest values. */
export function worstPanel({ title, description, unit, expr, legend, max, steps, more }: Worst): bargauge.PanelBuilder {
  const builder = new bargauge.PanelBuilder()
    .title(title)
    .description(description)
    .datasource(datasource)
    .span(6)
    .height(7)
    .interval(currentInterval)
    .maxDataPoints(currentMaxDataPoints)
    .targets([instantTarget('A', `topk(5, ${expr})`, legend)])
    .unit(unit)
    .decimals(1)
    .min(0)
    .noValue('–')
    .thresholds(thresholdsOf(steps))
    .colorScheme(byThreshold())
    .orientation(common.VizOrientation.Horizontal)
    .displayMode(common.BarGaugeDisplayMode.Basic)
    .valueMode(common.BarGaugeValueMode.Color)
    .showUnfilled(true)
    .reduceOptions(lastValue())
    .dataLinks([dataLink(hostOfSeries)]);
  if (more !== undefined) builder.links([moreOn(more.title, more.uid)]);
  return max === undefined ? builder : builder.max(max);
}

function byThreshold(): dashboard.FieldColorBuilder {
  return new dashboard.FieldColorBuilder().mode(dashboard.FieldColorModeId.Thresholds);
}

function lastValue(): common.ReduceDataOptionsBuilder {
  return new common.ReduceDataOptionsBuilder().values(false).calcs(['lastNotNull']).fields('');
}
