/** Defines a dashboard with an annotation and every kind of variable and query, and evaluates the variables with fixed answers. */
import { parseDashboard } from '../../console/dashboard/parse-dashboard.ts';
import { evaluateVariables } from '../../console/dashboard/queries/variables.ts';
import { rangeOf } from '../../console/dashboard/view-state.ts';

export const dashboard = parseDashboard({
  uid: 'small',
  title: 'Small',
  tags: ['t'],
  time: { from: 'now-1h', to: 'now' },
  refresh: '10s',
  templating: {
    list: [
      { type: 'datasource', name: 'datasource', query: 'prometheus' },
      queryVariable('job', 'count by (job) (up)', { multi: true, includeAll: true, allValue: '.+' }),
      queryVariable('instance', 'count by (instance) (up{job=~"$job"})', { multi: true, allValue: '.+' }),
      { type: 'textbox', name: 'hidden', query: 'lo' },
      queryVariable('tier_raw', 'raw', { hide: 2 }),
      queryVariable('tier_1m', 'minute', { hide: 2 }),
    ],
  },
  panels: [
    {
      id: 1,
      type: 'timeseries',
      title: 'CPU',
      gridPos: { x: 0, y: 0, w: 12, h: 8 },
      maxDataPoints: 720,
      targets: [
        { refId: 'A_raw', expr: 'rate(x{instance=~"$instance",job=~"$tier_raw"}[$__rate_interval])', range: true },
        { refId: 'A_1m', expr: 'avg_over_time(y{job=~"$tier_1m"}[$__interval])', interval: '1m', range: true },
      ],
    },
    {
      id: 2,
      type: 'stat',
      title: 'Up',
      gridPos: { x: 12, y: 0, w: 12, h: 8 },
      interval: '5m',
      maxDataPoints: 11_000,
      targets: [{ refId: 'A', expr: 'rate(x[$__rate_interval]) + avg_over_time(y[$__interval])', instant: true }],
    },
  ],
  annotations: {
    list: [
      { builtIn: 1, name: 'Annotations & Alerts' },
      {
        name: 'Alerts',
        iconColor: 'red',
        expr: '1000 * starts[$__interval]',
        step: '60s',
        titleFormat: '{{alertname}}',
        textFormat: '{{instance}} {{device}}',
        tagKeys: 'severity',
        useValueForTime: true,
      },
    ],
  },
});

function queryVariable(name: string, expr: string, more: Readonly<Record<string, unknown>>) {
  const regex = `/${name.replace(/_.+/, '')}="([^"]+)"/`;
  return { type: 'query', name, query: { query: `query_result(${expr})` }, regex, refresh: 2, ...more };
}

export const range = rangeOf({ from: 'now-1h', to: 'now' }, 1_795_399_202_345);

const answers: Readonly<Record<string, readonly Readonly<Record<string, string>>[]>> = {
  'count by (job) (up)': [{ job: 'node' }],
  'count by (instance) (up{job=~".+"})': [
    { instance: 'web-2' },
    { instance: 'web-1' },
    { instance: 'web-1', env: 'x' },
  ],
  'count by (instance) (up{job=~"db"})': [{ instance: 'db-1' }],
  raw: [{ tier: '.+' }],
  minute: [{ tier: 'tier-off' }],
};

/** Evaluates the variables with the requested values. Returns the selection, and the queries with their times. */
export async function evaluated(requested: Readonly<Record<string, string[]>> = {}) {
  const asked: [string, number][] = [];
  const selection = await evaluateVariables({
    dashboard,
    range,
    requested: new Map(Object.entries(requested)),
    ask: (query, timeSeconds) => {
      asked.push([query, timeSeconds]);
      const result = answers[query];
      if (result === undefined) return Promise.reject(new Error(`unexpected query ${query}`));
      return Promise.resolve(result.map((metric) => ({ metric })));
    },
  });
  return { selection, asked };
}
