import { expect, test } from '@jest/globals';
import { renderHostMetrics } from '../../../ingest-gateway/liveness/liveness-metrics.ts';
import { createPushTracker } from '../../../ingest-gateway/liveness/push-tracker.ts';

test('the metrics of each host in the text format; names are escaped', () => {
  const pushes = createPushTracker({ now: () => 1_795_395_685_500 });
  for (const [host, newestMs] of [
    ['web-1', 1_795_395_685_000],
    ['rack "A"\\', 1_795_395_687_000],
  ] as const)
    pushes.note({ host, newestMs, hasUp: false, mayBringUp: false });
  expect(renderHostMetrics({ pushes, pending: (host) => host.length })).toBe(
    `# HELP hostpulse_gateway_host_last_push_timestamp_seconds Time of the last push of the host to this gateway.
# TYPE hostpulse_gateway_host_last_push_timestamp_seconds gauge
hostpulse_gateway_host_last_push_timestamp_seconds{host="web-1"} 1795395685.5
hostpulse_gateway_host_last_push_timestamp_seconds{host="rack \\"A\\"\\\\"} 1795395685.5
# HELP hostpulse_gateway_host_clock_skew_seconds Newest sample of the host minus the gateway's time, the largest of its last twelve pushes; positive when the host's clock is ahead.
# TYPE hostpulse_gateway_host_clock_skew_seconds gauge
hostpulse_gateway_host_clock_skew_seconds{host="web-1"} -0.5
hostpulse_gateway_host_clock_skew_seconds{host="rack \\"A\\"\\\\"} 1.5
# HELP hostpulse_gateway_host_pending_batches Queued batches of the host.
# TYPE hostpulse_gateway_host_pending_batches gauge
hostpulse_gateway_host_pending_batches{host="web-1"} 5
hostpulse_gateway_host_pending_batches{host="rack \\"A\\"\\\\"} 9
`,
  );
});
