/** Variables evaluated from Prometheus' answers, and the requests of panels and annotations. */
import { describe, expect, test } from '@jest/globals';
import { resolveRange } from '../../../../console/dashboard/interval.ts';
import { parseDashboard } from '../../../../console/dashboard/parse-dashboard.ts';
import {
  annotationRequest,
  marksOf,
  panelRequests,
  renderLegend,
} from '../../../../console/dashboard/queries/panel-queries.ts';
import { evaluateVariables } from '../../../../console/dashboard/queries/variables.ts';

const dashboard = parseDashboard({
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

const range = resolveRange('now-1h', 'now', 1_795_399_202_345);

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

async function evaluated(requested: Readonly<Record<string, string[]>> = {}) {
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

describe('variables', () => {
  test('are queried at the end of the range, once each', async () => {
    const { selection, asked } = await evaluated();
    expect(asked.map(([query]) => query).sort()).toEqual(
      ['count by (instance) (up{job=~".+"})', 'count by (job) (up)', 'minute', 'raw'].sort(),
    );
    expect(new Set(asked.map(([, time]) => time))).toEqual(new Set([1_795_399_203]));
    expect(selection.get('instance')?.options).toEqual(['web-1', 'web-2']);
  });

  test('without a requested value select all, or the first option', async () => {
    const { selection } = await evaluated();
    expect(selection.get('job')?.selected).toBe('all');
    expect(selection.get('instance')?.selected).toEqual(['web-1']);
    expect(selection.get('hidden')?.selected).toEqual(['lo']);
  });

  test('select the requested value, also of a host without data, but never of a tier', async () => {
    const { selection } = await evaluated({ job: ['db'], instance: ['gone'], hidden: ['x'], tier_raw: ['tier-off'] });
    expect(selection.get('instance')).toMatchObject({ options: ['db-1'], selected: ['gone'] });
    expect(selection.get('hidden')?.selected).toEqual(['x']);
    expect(selection.get('tier_raw')?.selected).toEqual(['.+']);
    expect((await evaluated({ job: ['$__all'] })).selection.get('job')?.selected).toBe('all');
  });

  test('reject if a query fails', async () => {
    await expect(evaluated({ job: ['unknown'] })).rejects.toThrow('unexpected query');
  });
});

describe('requests', () => {
  test('of lines: aligned to the step, one for each tier', async () => {
    const { selection } = await evaluated();
    expect(panelRequests(dashboard.panels[0]!, { range, selection })).toEqual([
      {
        refId: 'A_raw',
        kind: 'range',
        query: 'rate(x{instance=~"web-1",job=~".+"}[20s])',
        stepMs: 5_000,
        startMs: 1_795_395_600_000,
        endMs: 1_795_399_200_000,
        isOff: false,
      },
      {
        refId: 'A_1m',
        kind: 'range',
        query: 'avg_over_time(y{job=~"tier-off"}[1m])',
        stepMs: 60_000,
        startMs: 1_795_395_600_000,
        endMs: 1_795_399_200_000,
        isOff: true,
      },
    ]);
  });

  test('of a value: at the end of the range, over five minutes', async () => {
    const { selection } = await evaluated();
    expect(panelRequests(dashboard.panels[1]!, { range, selection })).toEqual([
      {
        refId: 'A',
        kind: 'instant',
        query: 'rate(x[5m5s]) + avg_over_time(y[5m])',
        stepMs: 300_000,
        timeMs: range.toMs,
        isOff: false,
      },
    ]);
  });

  test('of annotations: at most 100 points', async () => {
    const { selection } = await evaluated();
    expect(dashboard.annotations).toHaveLength(1);
    const month = resolveRange('now-30d', 'now', range.toMs);
    const [annotation] = dashboard.annotations as [(typeof dashboard.annotations)[number]];
    expect(annotationRequest(annotation, { range, selection }).stepMs).toBe(60_000);
    expect(annotationRequest(annotation, { range: month, selection })).toMatchObject({
      query: '1000 * starts[6h]',
      stepMs: 6 * 3_600_000,
    });
  });
});

test('marks: one for each distinct value of a series', () => {
  const [annotation] = dashboard.annotations as [(typeof dashboard.annotations)[number]];
  const metric = { alertname: 'CpuUsageHigh', instance: 'web-1', severity: 'warning' };
  const column = [1_795_395_601_000, null, 1_795_395_601_000, 1_795_399_000_500.7];
  const mark = { host: 'web-1', title: 'CpuUsageHigh', text: 'web-1 ', tags: ['warning'] };
  expect(marksOf(annotation, [{ metric, column }])).toEqual([
    { timeMs: 1_795_395_601_000, ...mark },
    { timeMs: 1_795_399_000_500, ...mark },
  ]);
});

test.each([
  ['{{instance}} {{ device }}', 'web-1 eth0'],
  ['{{gone}}x', 'x'],
  ['', 'up{instance="web-1", device="eth0"}'],
])('legend %j', (format, name) => {
  expect(renderLegend(format, { __name__: 'up', instance: 'web-1', device: 'eth0' })).toBe(name);
});

describe('unexpected JSON is reported with its place', () => {
  const whole = { uid: 'u', title: 't', time: { from: 'now-1h', to: 'now' }, refresh: '10s', templating: { list: [] } };
  test.each([
    [{ ...whole, uid: undefined }, 'uid: expected a string, got nothing'],
    [{ ...whole, refresh: false }, 'u: refresh: expected a string, got false'],
    [{ ...whole, panels: [{ type: 'row' }] }, 'u: panel.id: expected a number, got nothing'],
    [
      { ...whole, templating: { list: [{ name: 'x', type: 'interval' }] } },
      'u: variable x.type: expected datasource, query or textbox, got interval',
    ],
    [
      { ...whole, templating: { list: [{ name: 'x', type: 'query', query: { query: 'label_values(job)' } }] } },
      'u: variable x.query.query: expected query_result(...), got label_values(job)',
    ],
  ])('%#', (json, message) => {
    expect(() => parseDashboard(json)).toThrow(message);
  });

  test('times', () => {
    expect(() => resolveRange('yesterday', 'now', 0)).toThrow('expected now, now-6h or milliseconds since the epoch');
    expect(resolveRange('1000', 'now', 5_000)).toEqual({ fromMs: 1_000, toMs: 5_000 });
  });
});
