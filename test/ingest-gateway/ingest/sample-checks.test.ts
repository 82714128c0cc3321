/** Checks of sample times: too old, too far in the future, and seconds given as milliseconds. */
import { describe, expect, test } from '@jest/globals';
import {
  isHostName,
  isOfHost,
  mayBeReserved,
  reservedFault,
  timeFault,
} from '../../../ingest-gateway/ingest/sample-checks.ts';
import { hostName } from '../../../ingest-gateway/schema/fields.ts';

const nowMs = 1_795_395_685_000;
const hourMs = 3_600_000;

test.each([
  ['now', nowMs, undefined],
  ['the oldest', nowMs - 26 * hourMs, undefined],
  ['the newest', nowMs + 60_000, undefined],
  ['too old', nowMs - 26 * hourMs - 1, ['too_old', 'older than 26 h']],
  ['too new', nowMs + 60_001, ['too_new', "more than 60 s ahead of the gateway's clock: 60001 ms"]],
  ['seconds', nowMs / 1_000, ['too_old', 'expected milliseconds since the epoch; this looks like seconds']],
  ['seconds of last year', nowMs / 1_000 - 31_536_000, ['too_old', expect.stringContaining('looks like seconds')]],
  ['microseconds', nowMs * 1_000, ['too_new', 'expected milliseconds since the epoch; this looks like microseconds']],
  ['nanoseconds', nowMs * 1e6, ['too_new', 'expected milliseconds since the epoch; this looks like nanoseconds']],
  ['1970', 0, ['too_old', 'older than 26 h']],
  ['a fraction', nowMs + 0.5, ['malformed', `expected whole milliseconds, got ${nowMs + 0.5}`]],
])('%s', (_, timestampMs, expected) => {
  expect(timeFault(timestampMs, nowMs)).toEqual(expected);
});

test.each([
  ['seconds', 1e3],
  ['milliseconds', 1],
  ['microseconds', 1e-3],
] as const)('where nanoseconds are expected: %s', (unit, msPerUnit) => {
  const asNanoseconds = Math.floor(nowMs / msPerUnit / 1e6);
  expect(timeFault(asNanoseconds, nowMs, 'nanoseconds')).toEqual([
    'too_old',
    `expected nanoseconds since the epoch; this looks like ${unit}`,
  ]);
});

const faultOf = (name: string, more: { job?: string; alertname?: string } = {}, isBound = false) =>
  reservedFault({ name, job: 'node', alertname: '', instance: 'web-1', ...more }, { isBound });

test.each([
  ['node_load1', {}],
  ['up', {}],
  ['job:requests:rate5m', {}],
  ['ALERTS', { alertname: 'Foreign' }],
  ['ALERTS_FOR_STATE', { alertname: 'Foreign' }],
  ['prometheus_config_last_reload_successful', { job: 'prometheus' }],
])('%s of another Prometheus is accepted from a credential of any host', (name, more) => {
  expect(faultOf(name, more)).toBeUndefined();
});

test.each([
  ['instance:cpu_usage_total:avg1m', {}, 'is recorded by the rules of hostpulse'],
  ['ALERTS', { alertname: 'HostDown' }, 'is an alert of hostpulse'],
  ['ALERTS_FOR_STATE', { alertname: 'Watchdog' }, 'is an alert of hostpulse'],
])("%s of hostpulse's own is refused from everyone", (name, more, message) => {
  expect(faultOf(name, more)).toContain(message);
  expect(mayBeReserved(name)).toBe(true);
});

test.each([
  ['job:requests:rate5m', {}],
  ['ALERTS', { alertname: 'Foreign' }],
  ['ALERTS_FOR_STATE', { alertname: 'Foreign' }],
  ['up', { job: 'prometheus' }],
  ['node_load1', { job: 'relay' }],
  ['node_load1', { job: 'gateway' }],
  ['node_load1', { job: 'alertmanager' }],
  ['prometheus_config_last_reload_successful', {}],
  ['alertmanager_notifications_failed_total', { job: 'shop' }],
  ['hostpulse_gateway_queue_writable', {}],
  ['hostpulse_relay_outbox_oldest_age_seconds', {}],
])('%s %j is refused from a credential that is bound to a host', (name, more) => {
  expect(faultOf(name, more, true)).toEqual(expect.any(String));
});

test.each(['node_load1', 'up', 'hostpulse_push_healthy', 'hostpulse_build_info', 'hostpulse_cpu_usage_total'])(
  '%s is accepted from a credential that is bound to a host',
  (name) => {
    expect(faultOf(name, {}, true)).toBeUndefined();
    expect(faultOf(name, { job: 'shop' }, true)).toBeUndefined();
  },
);

test('up of the job node is refused for an instance that is no host name, from everyone', () => {
  for (const instance of ['', 'a\u001bb', 'a"b', 'x'.repeat(254)])
    for (const isBound of [false, true]) {
      const up = { name: 'up', alertname: '', instance };
      expect(reservedFault({ ...up, job: 'node' }, { isBound })).toContain('no host name');
      expect(reservedFault({ ...up, job: 'shop' }, { isBound })).toBeUndefined();
    }
});

describe('hosts', () => {
  test.each([
    ['node_load1', 'node', true],
    ['anything', 'node', true],
    ['hostpulse_cpu_usage_total', 'agent', true],
    ['node_load1', 'agent', false],
    ['hostpulse_build_info', 'agent', false],
    ['up', '', false],
  ])('%s of the job %j: %j', (name, job, expected) => {
    expect(isOfHost(name, job, 'web-1')).toBe(expected);
    expect(isOfHost(name, job, '')).toBe(false);
  });

  test.each(['web-1', 'db.1', '[2001:db8::1]:9100', 'größe-日本', 'back\\slash', '__proto__', 'x'.repeat(253)])(
    '%s is a name',
    (name) => {
      expect(isHostName(name)).toBe(true);
      expect(hostName.safeParse(name).success).toBe(true);
    },
  );

  test.each(['', 'x'.repeat(254), '\u001b[31mred', 'a\nb', 'a\u0000', 'a\u009b', 'a\u2028b', 'a\ud800'])(
    '%j is no name of an instance, and no host of a JSON push',
    (name) => {
      expect(isHostName(name)).toBe(false);
      expect(hostName.safeParse(name).success).toBe(false);
    },
  );

  test.each(['a"b', "it's", 'a`b'])('%s is a host only where a JSON push names it', (name) => {
    expect(isHostName(name)).toBe(false);
    expect(hostName.safeParse(name).success).toBe(true);
  });
});
