/** The alert index: an episode matches if it has all labels of an alert; the work grows linearly with their number. */
import { describe, expect, test } from '@jest/globals';
import { indexAlerts } from '../../../alert-relay/reconcile/active-alerts.ts';

type Labels = Readonly<Record<string, string>>;

const cpu = { alertname: 'CpuHigh', instance: 'web-1' };

test.each<[string, Labels, boolean]>([
  ['the same labels', cpu, true],
  ['external labels beside them', { ...cpu, cluster: 'eu' }, true],
  ['another value', { ...cpu, instance: 'web-2' }, false],
  ['a label that is missing', { alertname: 'CpuHigh' }, false],
  ['another alert name', { ...cpu, alertname: 'DiskFull' }, false],
  ['the labels of the second alert of this name', { alertname: 'CpuHigh', cpu: '0', instance: 'db-1', a: 'b' }, true],
  ['values that swapped their labels', { alertname: 'CpuHigh', cpu: 'db-1', instance: '0' }, false],
  ['a missing label where the alert has an empty one', { alertname: 'Empty' }, false],
  ['an empty label where the alert has an empty one', { alertname: 'Empty', x: '' }, true],
])('%s', (_, labels, isMatch) => {
  const alerts = [cpu, { alertname: 'CpuHigh', instance: 'db-1', cpu: '0' }, { alertname: 'Empty', x: '' }];
  expect(indexAlerts(alerts).matches(labels)).toBe(isMatch);
});

test('no alert matches nothing', () => expect(indexAlerts([]).matches(cpu)).toBe(false));

describe('work', () => {
  let reads = 0;
  /** Counts every access to a label. */
  const counted = (labels: Labels): Labels =>
    new Proxy(labels, {
      get(target, name, receiver) {
        reads += 1;
        return Reflect.get(target, name, receiver) as unknown;
      },
    });
  const alertOf = (at: number): Labels => ({
    alertname: `Rule${at % 3}`,
    instance: `web-${at}`,
    device: 'sda',
    ...(at % 2 === 0 && { mode: 'x' }),
  });

  function readsFor(count: number): number {
    reads = 0;
    const alerts = Array.from({ length: count }, (_, at) => counted(alertOf(at)));
    const index = indexAlerts(alerts);
    const found = alerts.filter((_, at) => index.matches(counted({ ...alertOf(at), cluster: 'eu' })));
    expect(found).toHaveLength(count);
    return reads;
  }

  test('5,000 episodes and 5,000 alerts take ten times the reads of 500', () => {
    const few = readsFor(500);
    const many = readsFor(5_000);
    expect(few).toBeGreaterThan(500);
    expect(many / few).toBeLessThan(11);
    expect(many).toBeLessThan(30 * 5_000);
  });
});
