/** Names of OTLP as Prometheus' own receiver makes them. */
import { expect, test } from '@jest/globals';
import { renderBound } from '../../../ingest-gateway/otlp/labels.ts';
import { prometheusLabel, prometheusName } from '../../../ingest-gateway/otlp/prometheus-names.ts';

test.each([
  ['system.cpu.time', 's', 'counter', 'system_cpu_time_seconds_total'],
  ['system.memory.usage', 'By', 'other', 'system_memory_usage_bytes'],
  ['system.cpu.utilization', '1', 'gauge', 'system_cpu_utilization_ratio'],
  ['system.cpu.utilization', '1', 'other', 'system_cpu_utilization'],
  ['requests', '1', 'counter', 'requests_total'],
  ['http.server.request.duration', 's', 'other', 'http_server_request_duration_seconds'],
  ['disk.io', 'By/s', 'gauge', 'disk_io_bytes_per_second'],
  ['queue.length', '{items}', 'gauge', 'queue_length'],
  ['errors', '{errors}/min', 'gauge', 'errors_per_min'],
  ['errors', '1/m', 'gauge', 'errors_per_minute'],
  ['battery', '%', 'gauge', 'battery_percent'],
  ['node_cpu_seconds_total', 's', 'counter', 'node_cpu_seconds_total'],
  ['node_cpu_seconds_total', '', 'counter', 'node_cpu_seconds_total'],
  ['node_memory_MemTotal_bytes', 'By', 'gauge', 'node_memory_MemTotal_bytes'],
  ['node_load1', '', 'gauge', 'node_load1'],
  ['total.requests', '', 'counter', 'requests_total'],
  ['5xx', '', 'counter', '_5xx_total'],
  ['instance:load:avg1m', '', 'gauge', 'instance:load:avg1m'],
  ['größe  in--Metern', 'm', 'gauge', 'gr_e_in_Metern_meters'],
  ['temperature', 'kelvin', 'gauge', 'temperature_kelvin'],
  ['a', 'foo bar/baz', 'gauge', 'a_foo_bar_per_baz'],
  ['***', 's', 'gauge', ''],
] as const)('%s in %j (%s) is %s', (name, unit, kind, expected) => {
  expect(prometheusName({ name, unit, kind })).toBe(expected);
});

test.each([
  ['http.status_code', 'http_status_code'],
  ['9lives', 'key_9lives'],
  ['_hidden', 'key_hidden'],
  ['__name__', '__name__'],
  ['a-b c', 'a_b_c'],
])('label %s is %s', (key, expected) => {
  expect(prometheusLabel(key)).toBe(expected);
});

test.each([
  [0.005, '0.005'],
  [10, '10'],
  [-2.5, '-2.5'],
  [1e21, '1000000000000000000000'],
  [1.5e22, '15000000000000000000000'],
  [2.5e-7, '0.00000025'],
  [1e-10, '0.0000000001'],
  [Number.POSITIVE_INFINITY, '+Inf'],
])('bound %d is %s', (bound, expected) => {
  expect(renderBound(bound)).toBe(expected);
});
