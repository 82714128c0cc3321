/**
 * Computes the numbers of a dashboard's panels from Prometheus' answers, independently of the page, and reads the numbers from the page.
 * The numbers of a chart are the numbers in its legend.
 */
import type { Page } from 'playwright-core';
import { type Dashboard, type Panel, type Selection, type TimeRange } from '../../console/dashboard/model.ts';
import { panelRequests, renderLegend } from '../../console/dashboard/queries/panel-queries.ts';
import { formatFromNow, formatterOf } from '../../console/format/values.ts';
import { rawDashboards } from './dashboards.ts';
import { answerOf, eachOf, type MatrixSeries } from './panel-answers.ts';

/** Sorted texts such as `CPU usage: busy: 40.1% 48.0% 34.7%`. */
export type Numbers = readonly string[];

export interface NumbersQuestion {
  readonly url: string;
  readonly dashboard: Dashboard;
  readonly range: TimeRange;
  readonly selection: Selection;
  readonly nowMs: number;
}

/** Covers charts, stats and bars. test/console/dashboard/view-state.test.ts covers tables. */
export async function expectedNumbers(question: NumbersQuestion): Promise<Numbers> {
  const { dashboard } = question;
  const panels = dashboard.panels.filter(({ type }) => ['timeseries', 'stat', 'bargauge'].includes(type));
  const all = await eachOf(panels, (panel) => numbersOf(panel, question));
  return all.flat().toSorted();
}

async function numbersOf(panel: Panel, { url, dashboard, range, selection, nowMs }: NumbersQuestion): Promise<Numbers> {
  const requests = panelRequests(panel, { range, selection });
  const series: { name: string; values: readonly number[] }[] = [];
  for (const [index, request] of requests.entries()) {
    if (request.isOff) continue;
    const { series: found } = await answerOf(url, request);
    const legend = panel.targets[index]?.legend ?? '';
    for (const each of found) series.push({ name: renderLegend(legend, each.metric), values: numbersIn(each) });
  }
  const formatFor =
    (name: string) =>
    (value: number | undefined): string => {
      const { unit, decimals } = settingsOf(dashboard.uid, panel.id, name);
      if (value === undefined) return '–';
      return unit === 'dateTimeFromNow' ? formatFromNow(value, nowMs) : formatterOf(unit)(value, decimals);
    };
  if (panel.type === 'timeseries')
    return series.map(({ name, values }) => {
      const format = formatFor(name);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const numbers =
        values.length === 0 ? [undefined, undefined, undefined] : [mean, Math.max(...values), values.at(-1)];
      return `${panel.title}: ${name}: ${numbers.map(format).join(' ')}`;
    });
  const isNamed = panel.type === 'bargauge' || series.length > 1;
  return series.map(
    ({ name, values }) =>
      `${panel.title}: ${isNamed ? `${name}: ` : ''}${mapped(settingsOf(dashboard.uid, panel.id, name), values[0], formatFor(name))}`,
  );
}

function numbersIn({ values }: MatrixSeries): readonly number[] {
  return values.map(([, text]) => Number(text)).filter(Number.isFinite);
}

interface Defaults {
  readonly unit?: string;
  readonly decimals?: number;
  readonly mappings?: readonly { readonly options: Readonly<Record<string, { readonly text: string }>> }[];
}

/** Returns the settings of the panel, with the overrides of the named series. */
function settingsOf(uid: string, id: number, name: string): Defaults {
  const panel = rawDashboards.find(([, board]) => board.uid === uid)?.[1].panels.find((each) => each.id === id);
  const { defaults = {}, overrides = [] } = panel?.fieldConfig ?? {};
  const own = overrides.filter(({ matcher }) => matcher.id === 'byName' && matcher.options === name);
  const properties = own.flatMap((each) => each.properties.map((property) => [property.id, property.value] as const));
  return { ...defaults, ...Object.fromEntries(properties) } as Defaults;
}

function mapped(
  { mappings = [] }: Defaults,
  value: number | undefined,
  format: (value: number | undefined) => string,
): string {
  const [mapping] = mappings;
  return (value === undefined ? undefined : mapping?.options[String(value)]?.text) ?? format(value);
}

/** Reads the numbers from the page. */
export async function shownNumbers(page: Page): Promise<Numbers> {
  const shown = await page.evaluate(`[...document.querySelectorAll('.panel')].flatMap((panel) => {
    const title = panel.querySelector('h3').textContent;
    const rows = [...panel.querySelectorAll('.legend tbody tr, .stat, .bar')];
    return rows.map((row) => {
      const name = row.querySelector('.legend-name, .stat-name, .bar-name')?.textContent;
      const numbers = [...row.querySelectorAll('td:not(:first-child), .stat-value, .bar-value')].map((each) => each.textContent);
      return title + ': ' + (name === undefined ? '' : name + ': ') + numbers.join(' ');
    });
  })`);
  return (shown as string[]).toSorted();
}
