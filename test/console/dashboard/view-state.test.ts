/** The parts of a dashboard: fields, tables, links, sections, the address, predicted values. */
import { describe, expect, test } from '@jest/globals';
import { fieldOf, showValue } from '../../../console/dashboard/field.ts';
import { fillLink } from '../../../console/dashboard/link.ts';
import type { Panel, VariableValue } from '../../../console/dashboard/model.ts';
import { type Answer, promqlValue } from '../../../console/dashboard/queries/panel-queries.ts';
import {
  evaluateVariables,
  isSkippedQuery,
  predictSelection,
  withoutOptions,
} from '../../../console/dashboard/queries/variables.ts';
import {
  cachedQuery,
  parseViewState,
  rangeOf,
  rangeTitle,
  tryParseTypedTime,
  zoomedOut,
} from '../../../console/dashboard/view-state.ts';
import { initialSort, sortRows, tableOf } from '../../../console/panels/table-data.ts';
import { withParameters } from '../../../console/state/route.ts';
import { dashboards } from '../../support/dashboards.ts';

function dashboard(uid: string) {
  const found = dashboards.find((each) => each.uid === uid);
  if (found === undefined) throw new Error(`no dashboard ${uid}`);
  return found;
}

function panel(uid: string, title: string, type?: string): Panel {
  const found = dashboard(uid).panels.find((each) => each.title === title && (type ?? each.type) === each.type);
  if (found === undefined) throw new Error(`no panel ${title} in ${uid}`);
  return found;
}

describe('fields', () => {
  const config = {
    defaults: {
      unit: 'percent',
      color: { mode: 'thresholds' },
      thresholds: {
        mode: 'absolute',
        steps: [
          { value: null, color: 'green' },
          { value: 80, color: 'red' },
        ],
      },
      custom: { lineWidth: 1, fillOpacity: 8 },
    },
    overrides: [
      { matcher: { id: 'byRegexp', options: '/ peak$/' }, properties: [{ id: 'custom.fillOpacity', value: 0 }] },
      {
        matcher: { id: 'byName', options: 'State' },
        properties: [
          { id: 'unit', value: 'short' },
          { id: 'mappings', value: [{ type: 'value', options: { '0': { text: 'down', color: 'red', index: 0 } } }] },
        ],
      },
      { matcher: { id: 'byFrameRefID', options: 'B' }, properties: [{ id: 'decimals', value: 3 }] },
    ],
  };

  test('have the defaults and the matching overrides', () => {
    expect(fieldOf(config, { name: 'web-1' }).custom).toEqual({ lineWidth: 1, fillOpacity: 8 });
    expect(fieldOf(config, { name: 'web-1 peak' }).custom).toEqual({ lineWidth: 1, fillOpacity: 0 });
    expect(fieldOf(config, { name: 'web-1', refId: 'B' }).decimals).toBe(3);
    expect(fieldOf(config, { name: 'State' }).unit).toBe('short');
  });

  test('format values with their colour', () => {
    const usual = fieldOf(config, { name: 'x' });
    expect(showValue(usual, 79.95)).toEqual({ text: '80.0%', colour: 'green' });
    expect(showValue(usual, 80)).toEqual({ text: '80%', colour: 'red' });
    expect(showValue(usual, undefined)).toEqual({ text: '–', colour: undefined });
    expect(showValue(fieldOf(config, { name: 'State' }), 0)).toEqual({ text: 'down', colour: 'red' });
  });

  test('of every panel are parsed', () => {
    const all = dashboards.flatMap(({ panels }) => panels);
    expect(all.length).toBeGreaterThan(60);
    for (const { fieldConfig } of all) expect(() => fieldOf(fieldConfig, { name: 'x', refId: 'A' })).not.toThrow();
  });
});

describe('tables', () => {
  const hosts = panel('hostpulse-overview', 'Hosts', 'table');
  const instant = (refId: string, series: Record<string, string>): Answer => ({
    kind: 'instant',
    request: { kind: 'instant', refId, query: '', stepMs: 1, isOff: false, timeMs: 0 },
    series: Object.entries(series).map(([instance, value]) => ({ metric: { instance }, value: [0, value] as const })),
  });
  const answers = [
    instant('A', { 'web-2': '1', 'web-10': '0' }),
    instant('B', { 'web-10': '2' }),
    instant('C', { 'web-2': '20.5', 'web-10': '90' }),
  ];

  test('join series with equal labels, under their headings', () => {
    const { columns, rows } = tableOf(hosts, answers);
    expect(columns.map(({ heading }) => heading)).toEqual([
      'Host',
      'State',
      'Alerts',
      'CPU',
      'Load per core',
      'Memory',
      'Fullest disk',
      'Received',
      'Sent',
    ]);
    expect(rows).toEqual([
      { instance: 'web-2', 'Value #A': 1, 'Value #C': 20.5 },
      { instance: 'web-10', 'Value #A': 0, 'Value #B': 2, 'Value #C': 90 },
    ]);
  });

  test('are sorted by the panel, then by the user, with absent values last', () => {
    const table = tableOf(hosts, answers);
    expect(initialSort(hosts)).toEqual([
      { heading: 'State', isDescending: false },
      { heading: 'CPU', isDescending: true },
    ]);
    const hostsBy = (heading: string, isDescending: boolean) =>
      sortRows(table, [{ heading, isDescending }]).map(({ instance }) => instance);
    expect(hostsBy('CPU', true)).toEqual(['web-10', 'web-2']);
    expect(hostsBy('Host', false)).toEqual(['web-2', 'web-10']);
    expect(hostsBy('Alerts', false)).toEqual(['web-10', 'web-2']);
    expect(hostsBy('Alerts', true)).toEqual(['web-10', 'web-2']);
    expect(hostsBy('Nothing', true)).toEqual(['web-2', 'web-10']);
  });
});

describe('links', () => {
  const selection = new Map<string, VariableValue>([
    [
      'job',
      { variable: { type: 'query', name: 'job' } as VariableValue['variable'], options: ['node'], selected: 'all' },
    ],
    [
      'instance',
      {
        variable: { type: 'query', name: 'instance' } as VariableValue['variable'],
        options: [],
        selected: ['a b', 'c'],
      },
    ],
  ]);
  const place = {
    query: new URLSearchParams('from=now-6h&to=now&refresh=10s'),
    selection,
    labels: { instance: 'web 1' },
    fields: {},
  };

  test.each([
    ['/d/x?${__url_time_range}', '/d/x?from=now-6h&to=now'],
    ['/d/x?${job:queryparam}&${instance:queryparam}', '/d/x?var-job=%24__all&var-instance=a+b&var-instance=c'],
    ['/d/x?var-instance=${__field.labels.instance}', '/d/x?var-instance=web%201'],
    ['/d/x?var-instance=${__value.raw}', '/d/x?var-instance=web-7'],
    ['/d/x?${unknown:queryparam}', '/d/x?${unknown:queryparam}'],
  ])('%s', (url, filled) => expect(fillLink(url, { ...place, value: 'web-7' })).toBe(filled));

  test('of every panel lead to an existing dashboard, without unknown references', () => {
    const links = dashboards.flatMap(({ panels }) =>
      panels.flatMap((each) => [...each.links, ...fieldOf(each.fieldConfig, { name: 'Host' }).links]),
    );
    expect(links.length).toBeGreaterThan(8);
    const every = new Map([
      ...selection,
      [
        'datasource',
        {
          variable: { type: 'datasource', name: 'datasource' } as VariableValue['variable'],
          options: [],
          selected: [''],
        },
      ],
    ]);
    for (const { url } of links) {
      const filled = fillLink(url, { ...place, selection: every, value: 'web-7' });
      expect(filled).not.toContain('$');
      expect(dashboards.map(({ uid }) => `/d/${uid}`)).toContain(filled.split('?')[0]);
    }
  });

  test('to other dashboards keep range, refresh interval and variables', () => {
    expect(cachedQuery(new URLSearchParams('from=now-6h&to=now&var-instance=a&var-instance=b&x=1'))).toBe(
      '?from=now-6h&to=now&var-instance=a&var-instance=b',
    );
    expect(cachedQuery(new URLSearchParams('x=1'))).toBe('');
  });
});

describe('the address', () => {
  const board = dashboard('hostpulse-overview');
  const read = (text: string) => parseViewState(new URLSearchParams(text), board);

  test('without parameters gives the dashboard’s defaults', () => {
    expect(read('')).toEqual({ from: 'now-1h', to: 'now', refreshMs: 10_000, requested: new Map() });
  });

  test('with all parameters', () => {
    expect(read('from=1000&to=2000&refresh=1m&var-instance=a&var-instance=b&var-job=node')).toEqual({
      from: '1000',
      to: '2000',
      refreshMs: 60_000,
      requested: new Map([
        ['instance', ['a', 'b']],
        ['job', ['node']],
      ]),
    });
  });

  test.each([
    ['refresh=', undefined],
    ['refresh=off', undefined],
    ['refresh=1s', 5_000],
    ['refresh=soon', 10_000],
  ])('%s', (text, refreshMs) => expect(read(text).refreshMs).toBe(refreshMs));

  test('gives a range, or an error', () => {
    expect(rangeOf({ from: 'now-1h', to: 'now' }, 7_200_000)).toEqual({ fromMs: 3_600_000, toMs: 7_200_000 });
    expect(() => rangeOf({ from: 'now', to: 'now-1h' }, 1e12)).toThrow(
      'expected a range that begins before it ends, got from now to now-1h',
    );
    expect(() => rangeOf({ from: 'yesterday', to: 'now' }, 1e12)).toThrow(
      'expected now, now-6h or milliseconds since the epoch, got "yesterday"',
    );
  });

  test('has times relative to now or in milliseconds', () => {
    expect(() => rangeOf({ from: 'yesterday', to: 'now' }, 0)).toThrow(
      'expected now, now-6h or milliseconds since the epoch',
    );
    expect(rangeOf({ from: '1000', to: 'now' }, 5_000)).toEqual({ fromMs: 1_000, toMs: 5_000 });
  });

  test('keeps the other parameters on a change', () => {
    const query = new URLSearchParams('from=now-1h&to=now&var-instance=a');
    expect(String(withParameters(query, { from: '1', to: '2' }))).toBe('var-instance=a&from=1&to=2');
    expect(String(withParameters(query, { 'var-instance': ['b', 'c'] }))).toBe(
      'from=now-1h&to=now&var-instance=b&var-instance=c',
    );
    expect(String(withParameters(query, { refresh: '' }))).toBe('from=now-1h&to=now&var-instance=a&refresh=');
    expect(String(query)).toBe('from=now-1h&to=now&var-instance=a');
  });
});

describe('range texts', () => {
  const at = (hour: number, day = 1) => String(new Date(2026, 2, day, hour, 30).getTime());

  test.each([
    ['now-6h', 'now', 'Last 6 hours'],
    ['now-2h', 'now', 'now-2h to now'],
    [at(7), at(8), '2026-03-01 07:30 to 08:30'],
    [at(7), at(8, 2), '2026-03-01 07:30 to 2026-03-02 08:30'],
    [at(7), 'now', '2026-03-01 07:30 to now'],
  ])('from %s to %s: %s', (from, to, title) => expect(rangeTitle({ from, to })).toBe(title));

  test.each([
    ['now', 'now'],
    [' 45m ', 'now-45m'],
    ['now-7d', 'now-7d'],
    ['2026-03-01 07:30', at(7)],
    ['yesterday', undefined],
    ['', undefined],
    ['12:00', undefined],
  ])('typed %j is %p', (typed, text) => expect(tryParseTypedTime(typed, 1e12)).toBe(text));

  test('zooming out doubles a range around its middle, up to now', () => {
    expect(zoomedOut({ fromMs: 4_000, toMs: 6_000 }, 1e6)).toEqual({ from: '3000', to: '7000' });
    expect(zoomedOut({ fromMs: 4_000, toMs: 6_000 }, 6_000)).toEqual({ from: '2000', to: 'now' });
  });
});

/** Returns the label that the query of a variable keeps. */
function keptLabel(query: string): string {
  return /^count by \((\w+)\)/.exec(query)?.[1] ?? 'tier';
}

describe('predicted values', () => {
  const known = (uid: string, requested: Record<string, readonly string[]>) =>
    withoutOptions(dashboard(uid), new Map(Object.entries(requested)))
      .variables.filter((each) => each.type === 'query' && isSkippedQuery(each.expr))
      .map(({ name }) => name);

  test('are all or the values of the address, never a tier', () => {
    expect(known('hostpulse-network', {})).toEqual(['job', 'instance', 'interface']);
    expect(known('hostpulse-host', {})).toEqual(['job']);
    expect(known('hostpulse-host', { instance: ['web-1'], tier_raw: ['.+'] })).toEqual(['job', 'instance']);
  });

  test.each([{}, { instance: ['web-2', 'web-10'], job: ['node'] }])(
    'is the same as with them: %j',
    async (requested) => {
      const board = dashboard('hostpulse-network');
      const question = {
        range: { fromMs: 0, toMs: 3_600_000 },
        requested: new Map(Object.entries(requested)),
        ask: async (query: string) =>
          isSkippedQuery(query) ? [] : ['node', 'web-2'].map((text) => ({ metric: { [keptLabel(query)]: text } })),
      };
      const early = await evaluateVariables({ ...question, dashboard: withoutOptions(board, question.requested) });
      const late = await evaluateVariables({ ...question, dashboard: board });
      const values = (all: typeof early) => [...all].map(([name, chosen]) => [name, promqlValue(chosen)]);
      expect(values(early)).toEqual(values(late));
      expect(late.get('instance')?.options).toEqual(['node', 'web-2']);
    },
  );

  const dayMs = 86_400_000;
  const nowMs = 1_795_594_200_000;

  test.each([
    [0.04, 0, 'raw'],
    [1, 0, '1m'],
    [1.003, 1, 'raw'],
    [7.003, 0, '1m'],
    [7.004, 6.9, '5m'],
    [30, 0, '5m'],
  ])('from %d days ago to %d, the predicted tier is %s', async (from, to, tier) => {
    const range = { fromMs: nowMs - from * dayMs, toMs: nowMs - to * dayMs };
    const selection = await predictSelection(dashboard('hostpulse-network'), { range, requested: new Map(), nowMs });
    const chosen = [...(selection ?? [])].filter(([name]) => name.startsWith('tier_'));
    expect(chosen.map(([name, each]) => [name, promqlValue(each)])).toEqual(
      ['raw', '1m', '5m'].map((name) => [`tier_${name}`, name === tier ? '.+' : 'tier-off']),
    );
  });

  test.each([
    ['hostpulse-host', {}, false],
    ['hostpulse-host', { instance: ['web-1'] }, true],
    ['hostpulse-overview', {}, true],
  ] as const)('of %s with %j are complete: %p', async (uid, requested, isForeseen) => {
    const range = { fromMs: nowMs - 3_600_000, toMs: nowMs };
    const names: readonly (readonly [string, readonly string[]])[] = Object.entries(requested);
    const selection = await predictSelection(dashboard(uid), { range, requested: new Map(names), nowMs });
    expect(selection !== undefined).toBe(isForeseen);
  });
});
