/** Requests of panels; steps, windows and interpolation, compared with Grafana's data source. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { QueryVariable, VariableValue } from '../../../../console/dashboard/model.ts';
import { parseDashboard } from '../../../../console/dashboard/parse-dashboard.ts';
import {
  alignRange,
  formatDuration,
  interpolate,
  panelRequests,
  rateIntervalOf,
  referencesIn,
  renderLegend,
  roundInterval,
  stepOf,
} from '../../../../console/dashboard/queries/panel-queries.ts';
import { dashboard, evaluated, range } from '../../../support/small-dashboard.ts';

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
});

test.each([
  ['{{instance}} {{ device }}', 'web-1 eth0'],
  ['{{gone}}x', 'x'],
  ['', 'up{instance="web-1", device="eth0"}'],
])('legend %j', (format, name) => {
  expect(renderLegend(format, { __name__: 'up', instance: 'web-1', device: 'eth0' })).toBe(name);
});

const hourMs = 3_600_000;
const last = (durationMs: number) => ({ fromMs: 1_795_000_000_000, toMs: 1_795_000_000_000 + durationMs });

describe('step', () => {
  test.each([
    [hourMs, 5_000],
    [6 * hourMs, 30_000],
    [24 * hourMs, 120_000],
    [7 * 24 * hourMs, 900_000],
    [30 * 24 * hourMs, 3_600_000],
  ])('of 720 points in %d ms is %d ms', (rangeMs, stepMs) => {
    expect(stepOf(last(rangeMs), 720, 5_000)).toBe(stepMs);
  });

  test('is at least the minimum step', () => {
    expect(stepOf(last(hourMs), 720, 60_000)).toBe(60_000);
    expect(stepOf(last(60_000), 720, 5_000)).toBe(5_000);
  });

  test('is longer than a step that needs more than 11,000 points', () => {
    expect(stepOf(last(30 * 24 * hourMs), 100_000, 5_000)).toBe(300_000);
  });

  test.each([
    [10, 1],
    [11, 10],
    [35, 20],
    [7_500, 5_000],
    [7_501, 10_000],
    [1_050_000, 900_000],
    [86_400_000, 43_200_000],
    [604_800_000, 86_400_000],
    [4e12, 31_536_000_000],
  ])('%d ms is rounded to %d ms', (intervalMs, roundedMs) => {
    expect(roundInterval(intervalMs)).toBe(roundedMs);
  });
});

test('a rate window is a step plus a sample interval, at least four sample intervals', () => {
  expect(rateIntervalOf(5_000, 5_000)).toBe(20_000);
  expect(rateIntervalOf(30_000, 5_000)).toBe(35_000);
  expect(rateIntervalOf(15_000, 15_000)).toBe(60_000);
});

describe('alignment', () => {
  test('moves both ends back to multiples of the step', () => {
    expect(alignRange({ fromMs: 12_345, toMs: 99_999 }, 5_000, 0)).toEqual({ fromMs: 10_000, toMs: 95_000 });
  });

  test("steps of a day begin at the viewer's midnight", () => {
    const dayMs = 24 * hourMs;
    const noon = Date.UTC(2026, 10, 20, 12);
    const berlin = alignRange({ fromMs: noon - dayMs, toMs: noon }, dayMs, hourMs);
    expect(berlin).toEqual({ fromMs: Date.UTC(2026, 10, 18, 23), toMs: Date.UTC(2026, 10, 19, 23) });
  });
});

test.each([
  [20_000, '20s'],
  [125_000, '2m5s'],
  [3_605_000, '1h5s'],
  [900_000, '15m'],
  [86_400_000, '1d'],
  [1_500, '1s500ms'],
  [0, '0s'],
])('formats %d ms as %s', (durationMs, text) => {
  expect(formatDuration(durationMs)).toBe(text);
});

const folder = join(import.meta.dirname, '..', '..', '..', '..', 'grafana', 'dashboards');

const hour = { fromMs: 1_795_395_600_400, toMs: 1_795_399_200_400 };

function variable(name: string, more: Partial<QueryVariable> = {}): QueryVariable {
  const common = { type: 'query', name, label: name, hidden: false, expr: '', pattern: /x/, allValue: '.+' } as const;
  return { ...common, multi: true, includeAll: true, ...more };
}

function chosen(
  name: string,
  selected: VariableValue['selected'],
  more: Partial<QueryVariable> = {},
): [string, VariableValue] {
  return [name, { variable: variable(name, more), options: [], selected }];
}

function written(text: string, ...selection: [string, VariableValue][]): string {
  const steps = { stepMs: 30_000, rateIntervalMs: 35_000 };
  return interpolate(text, { range: hour, selection: new Map(selection), steps });
}

describe('variables', () => {
  test.each([
    ['all', 'up{instance=~".+"}'],
    [['web-1'], 'up{instance=~"web-1"}'],
    [['web.1'], 'up{instance=~"web\\\\.1"}'],
    [['web-1', 'a+b'], 'up{instance=~"(web-1|a\\\\+b)"}'],
    [['C:\\'], 'up{instance=~"C:\\\\\\\\"}'],
    [[], 'up{instance=~"()"}'],
  ] as const)('%j', (selected, query) => {
    expect(written('up{instance=~"$instance"}', chosen('instance', selected))).toBe(query);
  });

  const odd = [
    'rack "A"',
    "o'neil",
    'C:\\srv\\n',
    'db.1',
    'a+b',
    'db(1)',
    'web$1',
    '[::1]:9100',
    '서울-웹',
    'two\nlines',
    '{x="y"}',
    '`',
  ];
  test.each(odd)('%j is matched literally', (host) => {
    for (const selected of [[host], [host, 'web-2']]) {
      const query = written('up{instance=~"$instance"}', chosen('instance', selected));
      const literal = /^up\{instance=~("(?:[^"\\\n]|\\.)*")\}$/.exec(query)?.[1] ?? 'no string';
      const pattern = new RegExp(`^(?:${JSON.parse(literal) as string})$`, 'u');
      expect([host, 'web-2', `${host}x`, host.slice(1), ''].filter((each) => pattern.test(each))).toEqual(selected);
    }
  });

  test('the options are whole names with any characters', async () => {
    const dashboards = await Promise.all(
      ['cpu', 'host', 'disk'].map(async (name) =>
        parseDashboard(JSON.parse(await readFile(join(folder, `${name}.json`), 'utf8'))),
      ),
    );
    const variables = dashboards.flatMap((each) => each.variables);
    const found = variables.filter((each) => each.type === 'query' && !each.hidden) as QueryVariable[];
    expect(found.length).toBeGreaterThan(5);
    for (const { name, pattern } of found) {
      const label = { disk: 'device', interface: 'device' }[name] ?? name;
      // Grafana's text of a sample.
      expect(odd.map((host) => pattern.exec(`{${label}="${host}"} 1 1795395685000`)?.[1])).toEqual(
        odd.map((host) => (host.includes('\n') ? undefined : host)),
      );
    }
  });

  test('a single value is no regular expression: backslashes and quotes are escaped', () => {
    const single = { multi: false, includeAll: false };
    expect(written('${tier_raw}|$other', chosen('tier_raw', ['.+'], single), chosen('other', ['a\\.b'], single))).toBe(
      '.+|a\\\\.b',
    );
  });

  test('a text box', () => {
    const box = { type: 'textbox', name: 'hidden', label: '', hidden: false, defaultValue: 'lo' } as const;
    expect(written('{device!~"$hidden"}', ['hidden', { variable: box, options: [], selected: ['lo|veth.+'] }])).toBe(
      '{device!~"lo|veth.+"}',
    );
  });

  test('unknown names stay unchanged', () => {
    expect(written('$nothing ${nothing} $1')).toBe('$nothing ${nothing} $1');
  });
});

test.each([
  ['rate(x[$__rate_interval])', 'rate(x[35s])'],
  ['avg_over_time(x[${__interval}])', 'avg_over_time(x[30s])'],
  ['$__interval_ms $__rate_interval_ms', '30000 35000'],
  ['x[$__range] $__range_s $__range_ms', 'x[3600s] 3600 3600000'],
  ['x @ ${__from:date:seconds}', 'x @ 1795395600'],
  ['$__from $__to', '1795395600400 1795399200400'],
])('%s becomes %s', (text, query) => {
  expect(written(text)).toBe(query);
});

test('references are listed without formats and duplicates', () => {
  expect(referencesIn('$job ${job:queryparam} ${__from:date:seconds} [$__interval]')).toEqual([
    'job',
    '__from',
    '__interval',
  ]);
});
