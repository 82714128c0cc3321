/** The selection of the series that are drawn. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { chooseLines, limitToHosts } from '../../../alert-relay/chart/series.ts';
import { binaryPath } from '../../support/binaries.ts';

const at = (labels: Readonly<Record<string, string>>, ...values: readonly number[]) => ({
  labels,
  points: values.map((value, index) => [index * 15_000, value] as const),
});
const lastOf = (lines: ReturnType<typeof chooseLines>) =>
  lines.map(({ role, points }) => `${role} ${points.at(-1)?.[1]}`);
const web = { alertname: 'X', severity: 'warning', instance: 'web-1', cpu: '0' };

describe('lines', () => {
  test("the alert's own series, and the worst four of the others", () => {
    const others = [5, 1, 9, 3, 7, 2].map((value) => at({ instance: 'web-1', cpu: String(value) }, value));
    const lines = chooseLines([...others, at({ instance: 'web-1', cpu: '0' }, 50)], {
      alerts: [web],
      isLowWorse: false,
    });
    expect(lastOf(lines)).toEqual(['own 50', 'other 9', 'other 7', 'other 5', 'other 3']);
  });

  test('the worst series of a group is highlighted, above or below the threshold', () => {
    const hosts = Array.from({ length: 30 }, (_, host) => ({ instance: `web-${host}` }));
    const series = hosts.map((labels, index) => at({ __name__: 'free', ...labels }, index));
    const alerts = hosts.map((labels) => ({ ...labels, alertname: 'X' }));
    const low = chooseLines(series, { alerts, isLowWorse: true });
    expect(lastOf(low).slice(0, 2)).toEqual(['own 0', 'alike 1']);
    expect(low).toHaveLength(20);
    expect(lastOf(chooseLines(series, { alerts, isLowWorse: false })).slice(0, 2)).toEqual(['own 29', 'alike 28']);
  });

  test('no lines if no series belongs to the alert, or none has a finite value', () => {
    expect(chooseLines([at({ instance: 'web-2' }, 1)], { alerts: [web], isLowWorse: false })).toEqual([]);
    expect(chooseLines([at({ instance: 'web-1' }, Number.NaN)], { alerts: [web], isLowWorse: false })).toEqual([]);
    expect(chooseLines([], { alerts: [web], isLowWorse: false })).toEqual([]);
  });
});

describe('the query', () => {
  test('is not limited for an alert without a host', () => {
    expect(limitToHosts({ expression: 'sum(x)', alerts: [{ alertname: 'X' }] })).toBe('sum(x)');
  });

  test('selects exactly the host, also with special characters in its name', () => {
    const hosts = ['web-1', 'a$1b', 'q"x', 'b\\s', 'ünï', '{{x}}', "it's"];
    const tests = hosts.map((instance) => ({
      interval: '1m',
      input_series: [instance, 'other'].map((each) => ({
        series: `up{instance=${JSON.stringify(each)}}`,
        values: '1 1',
      })),
      promql_expr_test: [
        {
          expr: limitToHosts({ expression: 'up # all', alerts: [{ instance }] }),
          eval_time: '1m',
          exp_samples: [{ labels: `up{instance=${JSON.stringify(instance)}}`, value: 1 }],
        },
      ],
    }));
    const folder = mkdtempSync(join(tmpdir(), 'hostpulse-of-hosts-'));
    const file = join(folder, 'hosts.test.yaml');
    writeFileSync(file, JSON.stringify({ rule_files: [], evaluation_interval: '1m', tests }));
    const { status, stdout, stderr } = spawnSync(binaryPath('promtool'), ['test', 'rules', file], { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    expect(`${stdout}${stderr}`).toContain('SUCCESS');
    expect(status).toBe(0);
  });

  test('a host name cannot change the query', () => {
    const asked = limitToHosts({ expression: 'x # all', alerts: [{ instance: '"$1\\' }, { instance: '"$1\\' }] });
    expect(asked).toBe('(x # all\n) and on (instance) (label_replace(vector(1), "instance", "\\"$$1\\\\", "", ""))');
  });
});
