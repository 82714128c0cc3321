/** Interpolation as in Grafana's data source. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { urlParameters } from '../../../../console/dashboard/link.ts';
import type { QueryVariable, VariableValue } from '../../../../console/dashboard/model.ts';
import { parseDashboard } from '../../../../console/dashboard/parse-dashboard.ts';
import { interpolate, referencesIn } from '../../../../console/dashboard/queries/variables.ts';

const folder = join(import.meta.dirname, '..', '..', '..', '..', 'grafana', 'dashboards');

const range = { fromMs: 1_795_395_600_400, toMs: 1_795_399_200_400 };

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
  return interpolate(text, { range, selection: new Map(selection), steps });
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

test('links contain the selected values', () => {
  const selection = new Map([chosen('job', 'all'), chosen('instance', ['web-1', 'a&b'])]);
  expect(urlParameters(selection, ['job', 'instance', 'gone']).toString()).toBe(
    'var-job=%24__all&var-instance=web-1&var-instance=a%26b',
  );
});
