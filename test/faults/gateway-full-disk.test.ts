/** Fills the disk of a gateway: pushes get 503 with the cause, keys work for reads, and the gateway recovers when there is space. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { startGateway } from '../support/gateway.ts';
import { fillDisk, onSmallDisk } from '../support/small-disk.ts';

test(
  'pushes get 503 with the first cause, keys work for reads, and space ends it',
  () =>
    onSmallDisk(8, async (folder) => {
      const gateway = await startGateway({ databasePath: join(folder, 'hostpulse.db') });
      try {
        const keys = [
          await gateway.createKey({ scopes: ['push', 'read'] }),
          await gateway.createKey({ scopes: ['push', 'read'] }),
        ];
        const ask = (key: string | undefined, path: string, body?: unknown) =>
          gateway.fetch(path, {
            method: body === undefined ? 'GET' : 'POST',
            headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          });
        const metrics = Array.from({ length: 400 }, (_, at) => ({
          name: 'x',
          value: at,
          tags: { a: `${at}${'y'.repeat(200)}` },
        }));
        const push = (key: string | undefined) => ask(key, '/api/v1/metrics/collect', { host: 'a', metrics });
        expect((await push(keys[0])).status).toBe(202);
        fillDisk(join(folder, 'fill'));
        const refused = await eventually({ what: 'a refused push', limitMs: 60_000, pollMs: 10 }, async () => {
          const response = await push(keys[0]);
          return response.status === 202 ? undefined : response;
        });
        expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
        const problem = {
          title: "the queue's disk cannot be written",
          errors: [{ path: 'queue', message: 'database or disk is full' }],
        };
        expect(await refused.json()).toMatchObject(problem);
        // The second key was not used before: the gateway fails to record its first use and still accepts the key.
        for (const key of keys) expect((await ask(key, '/api/v1/alerts')).status).toBe(200);
        expect(await (await push(keys[1])).json()).toMatchObject(problem);
        rmSync(join(folder, 'fill'));
        await eventually({ what: 'an accepted push', limitMs: 60_000, pollMs: 100 }, async () =>
          (await push(keys[1])).status === 202 ? true : undefined,
        );
        expect(gateway.log()).toContain('the queue can be written again');
      } finally {
        await gateway.stop();
      }
    }),
  180_000,
);
