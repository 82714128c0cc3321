/** Builds a dashboard from rows of panels. Adds ids and positions, which the SDK leaves out, and removes keys that Grafana 10 does not know. */
import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import { quickRanges, tierPrefix } from '../../common/dashboard/conventions.ts';
import { began, firing } from '../queries/queries.ts';
import { datasource, datasourceVariable, tierVariables } from '../queries/variables.ts';

interface Board {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** Variables between the data source and the tiers. */
  readonly variables: readonly cog.Builder<dashboard.VariableModel>[];
  readonly rows: readonly BoardRow[];
}

interface BoardRow {
  /** Default: no heading. */
  readonly title?: string;
  /** Panels from left to right, with a line break after 24 columns. */
  readonly panels: readonly cog.Builder<dashboard.Panel>[];
}

export const tag = 'hostpulse';

export function buildBoard({ uid, title, description, variables, rows }: Board): dashboard.Dashboard {
  const builder = new dashboard.DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([tag])
    .readonly()
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .timezone('browser')
    .time({ from: 'now-1h', to: 'now' })
    .refresh('10s')
    .timepicker(timePicker())
    .variables([datasourceVariable(), ...variables, ...tierVariables()])
    .annotation(alertStarts())
    .link(otherBoards());
  for (const row of rows) {
    if (row.title !== undefined) builder.withRow(new dashboard.RowBuilder(row.title));
    for (const panel of row.panels) builder.withPanel(panel);
  }
  return finish(builder.build());
}

function timePicker(): dashboard.TimePickerBuilder {
  const ranges = quickRanges.map(({ label, from }) =>
    new dashboard.TimeOptionBuilder().display(label).from(from).to('now'),
  );
  return new dashboard.TimePickerBuilder()
    .refreshIntervals(['5s', '10s', '30s', '1m', '5m', '15m', '30m', '1h'])
    .quickRanges(ranges);
}

/**
 * Returns the annotation that marks the time at which an alert began to fire. The time is the value of the query. Prometheus stores
 * the time at which the condition became true, which is earlier by `for`; a mark is therefore never before the first step in which
 * the alert fires. A point covers the step that follows, because Grafana rounds the end of the range down to a multiple of the
 * step, which would hide hours of a month.
 */
function alertStarts(): dashboard.AnnotationQueryBuilder {
  const after = (selector: string): string => `last_over_time(${selector}[$__interval] offset -$__interval)`;
  const fires = (of: (selector: string) => string): string => `${of(began)} and ignoring (alertstate) ${of(firing)}`;
  const firedBefore = `(${fires(after)}) == (${fires((selector) => selector)})`;
  const expr = `1000 * clamp_min((${fires(after)}) unless (${firedBefore}), time())`;
  const step = '15s';
  return new dashboard.AnnotationQueryBuilder()
    .name('Alerts')
    .datasource(datasource)
    .enable(true)
    .hide(false)
    .iconColor('red')
    .expr(expr)
    .step(step)
    .titleFormat('{{alertname}}')
    .textFormat('{{instance}} {{device}} {{mountpoint}}')
    .tagKeys('severity')
    .useValueForTime(true)
    .target(new prometheus.DataqueryBuilder().refId('Alerts').expr(expr).interval(step).range());
}

function otherBoards(): dashboard.DashboardLinkBuilder {
  return new dashboard.DashboardLinkBuilder('hostpulse')
    .type(dashboard.DashboardLinkType.Dashboards)
    .tags([tag])
    .includeVars(true)
    .keepTime(true);
}

function finish(board: dashboard.Dashboard): dashboard.Dashboard {
  const panels = (board.panels ?? []).map((panel, index) => ({ ...panel, id: index + 1 }));
  const list = (board.templating?.list ?? []).map((each) =>
    each.name.startsWith(tierPrefix) ? { ...each, skipUrlSync: true } : each,
  );
  const finished = { ...board, panels, templating: { list } } as dashboard.Dashboard;
  return JSON.parse(JSON.stringify(finished, withoutPlacement)) as dashboard.Dashboard;
}

/**
 * Removes the key `placement` when the dashboard is written as JSON. The SDK writes `placement` into every link and annotation.
 * Grafana before 12 does not know the key.
 */
function withoutPlacement(key: string, value: unknown): unknown {
  return key === 'placement' && value === 'inControlsMenu' ? undefined : value;
}
