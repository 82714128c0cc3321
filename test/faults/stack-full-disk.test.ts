/**
 * Fills the disk of a stack for a minute. Checks that read keys work, that pushes get 503 with the cause and `Retry-After`, that
 * `/api/v1/health` reports the cause, and that all components recover without a restart when there is space.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { createStackKey } from '../support/api-keys.ts';
import { eventually } from '../support/eventually.ts';
import { fillDisk, onSmallDisk } from '../support/small-disk.ts';
import { type RunningStack, startStack } from '../support/stack.ts';

const diskMiB = 400;
const fullMs = 60_000;
const wait = (what: string) => ({ what, limitMs: 120_000, pollMs: 500 });

test(
  'reads work, pushes get 503 with the cause, and all components recover by themselves',
  () =>
    onSmallDisk(diskMiB, async (folder) => {
      const stack = await startStack({
        relayConfig: 'channels: {}\n',
        dataDirectory: mkdtempSync(join(folder, 'stack-')),
      });
      try {
        await checkFullDisk(stack, join(folder, 'fill'));
      } finally {
        await stack.remove();
      }
    }),
  600_000,
);

async function checkFullDisk(stack: RunningStack, fillPath: string): Promise<void> {
  // The keys are not used before the disk is full: the gateway fails to record their first use and still accepts them.
  const reader = await createStackKey(stack, 'disk-read', 'read');
  const pusher = await createStackKey(stack, 'disk-push', 'push');
  const ask = (path: string, key: string, body?: unknown): Promise<Response> =>
    fetch(`${stack.urls.gateway}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const push = (): Promise<Response> => {
    const metrics = Array.from({ length: 400 }, (_, at) => ({ name: 'x', value: at, tags: { at: `${at}` } }));
    return ask('/api/v1/metrics/collect', pusher, { host: 'web-1', metrics });
  };
  const health = async () =>
    (await (await fetch(`${stack.urls.gateway}/api/v1/health`)).json()) as {
      readonly status: string;
      readonly components: Readonly<Record<string, { readonly status: string; readonly reason?: string }>>;
    };
  const isOk = async () => ((await health()).status === 'ok' ? true : undefined);
  await eventually(wait('a healthy stack'), isOk);
  const partsBefore = stack.parts();

  fillDisk(fillPath);
  const refused = await eventually(wait('a refused push'), async () => {
    const response = await push();
    return response.status === 202 ? undefined : response;
  });
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
  expect(await refused.json()).toMatchObject({
    title: "the queue's disk cannot be written",
    errors: [{ path: 'queue', message: expect.stringMatching(/disk is full|disk I\/O error|ENOSPC/) }],
  });
  const began = Date.now();
  while (Date.now() - began < fullMs) {
    const reads = ['/api/v1/query?query=1', '/api/v1/metrics/current', '/api/v1/hosts', '/api/v1/alerts'];
    for (const path of reads) expect([path, (await ask(path, reader)).status]).toEqual([path, 200]);
    expect((await push()).status).toBe(503);
    expect((await health()).components['queue']).toMatchObject({
      status: 'down',
      reason: "the queue's disk cannot be written; pushes are answered with 503",
    });
    await sleep(2_000);
  }

  rmSync(fillPath);
  await eventually(wait('an accepted push'), async () => ((await push()).status === 202 ? true : undefined));
  await eventually(wait('a healthy stack'), isOk);
  await eventually(wait('new samples of every target in Prometheus'), async () => {
    const query = `count(count_over_time(up[15s])) == count(up)`;
    const { result } = (await stack.askPrometheus(`query?query=${encodeURIComponent(query)}`)) as {
      readonly result: readonly unknown[];
    };
    return result.length > 0 ? true : undefined;
  });
  expect(stack.parts()).toEqual(partsBefore);
  expect(readFileSync(join(stack.dataDirectory, 'logs', 'gateway.log'), 'utf8')).toContain(
    'the queue can be written again',
  );
}
