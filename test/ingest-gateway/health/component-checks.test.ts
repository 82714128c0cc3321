/** The health of the queue at both sides of each limit, and of a real queue that fills up; metrics while PostgreSQL is stopped. */
import { describe, expect, test } from '@jest/globals';
import { Secret } from '../../../common/program/settings/secret.ts';
import { checkQueue } from '../../../ingest-gateway/health/component-checks.ts';
import type { QueueState } from '../../../ingest-gateway/queue/batch-queue.ts';
import { eventually } from '../../support/eventually.ts';
import { startGateway } from '../../support/gateway.ts';
import { createPostgres } from '../../support/postgres.ts';

const nowMs = 1_795_395_685_000;
const empty: QueueState = {
  batches: 0,
  samples: 0,
  bytes: 0,
  maxBytes: 1_000,
  settledBytes: 0,
  isWritable: true,
};

describe('the limits', () => {
  test.each<[Partial<QueueState>, string | undefined]>([
    [{}, undefined],
    [{ bytes: 800 }, undefined],
    [{ bytes: 801 }, 'the queue is 80 % full; at 100 % pushes are answered with 503'],
    [{ bytes: 100, settledBytes: 900 }, undefined],
    [{ oldestAcceptedMs: nowMs - 300_000 }, undefined],
    [{ oldestAcceptedMs: nowMs - 300_001 }, 'samples have waited 300 s for Prometheus'],
    [{ committingSinceMs: nowMs - 10_000 }, undefined],
  ])('%j: %s', (state, expected) => {
    expect(checkQueue({ ...empty, ...state }, nowMs)).toBe(expected);
  });

  test.each<[Partial<QueueState>, string]>([
    [{ isWritable: false }, "the queue's disk cannot be written; pushes are answered with 503"],
    [{ committingSinceMs: nowMs - 10_001 }, "the queue's disk has not answered for 10 s; pushes wait"],
  ])('%j: %s', (state, expected) => {
    expect(() => checkQueue({ ...empty, ...state }, nowMs)).toThrow(expected);
  });
});

test('a queue that fills up while Prometheus is unreachable: health is degraded with status 200', async () => {
  const gateway = await startGateway({ queueMaxBytes: 20_000 });
  try {
    const key = await gateway.createKey({ scopes: ['push'] });
    const push = async (): Promise<number> => {
      const points = Array.from({ length: 300 }, (_, index) => [Date.now() - index, Math.random()]);
      const response = await gateway.fetch('/api/v1/metrics/collect', {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ host: 'web-1', metrics: [{ name: 'node_load1', points }] }),
      });
      return response.status;
    };
    const statuses: number[] = [];
    while (statuses.at(-1) !== 503) statuses.push(await push());
    expect(statuses.filter((status) => status === 202).length).toBeGreaterThan(1);
    const health = await eventually({ what: 'health tells of the queue', limitMs: 10_000 }, async () => {
      const response = await gateway.fetch('/api/v1/health');
      const body = (await response.json()) as { components: { queue: { status: string; reason?: string } } };
      return body.components.queue.status === 'ok' ? undefined : { code: response.status, ...body };
    });
    expect(health).toMatchObject({
      code: 200,
      status: 'degraded',
      components: {
        queue: { status: 'degraded', reason: expect.stringMatching(/^the queue is \d+ % full; at 100 %/) },
      },
    });
  } finally {
    await gateway.stop();
  }
});

test('a stopped PostgreSQL: /metrics is served, says so, and lacks only the values of the database', async () => {
  const postgres = await createPostgres();
  await postgres.start();
  const gateway = await startGateway({ databaseUrl: new Secret(await postgres.createDatabase('gateway')) });
  const scrape = async (): Promise<{ status: number; text: string }> => {
    const response = await gateway.get('/metrics');
    return { status: response.status, text: await response.text() };
  };
  try {
    const before = await scrape();
    expect(before.text).toContain('\nhostpulse_gateway_database_up 1\n');
    expect(before.text).toContain('\nhostpulse_gateway_repair_windows_pending{tier="1m"} 0\n');

    await postgres.stop('SIGQUIT');
    const stopped = await scrape();
    expect(stopped.status).toBe(200);
    expect(stopped.text).toContain('\nhostpulse_gateway_database_up 0\n');
    expect(stopped.text).not.toContain('\nhostpulse_gateway_repair_windows_pending{');
    expect(stopped.text).toContain('\nhostpulse_gateway_queue_writable 1\n');

    await postgres.start();
    await eventually({ what: 'the gateway uses the database again', limitMs: 30_000 }, async () =>
      (await scrape()).text.includes('\nhostpulse_gateway_database_up 1\n'),
    );
    expect((await scrape()).text).toContain('\nhostpulse_gateway_repair_windows_pending{tier="1m"} 0\n');
  } finally {
    await gateway.stop();
    await postgres.remove();
  }
});
