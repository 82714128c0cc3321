/** The gateway as a service: hostile requests, and the start and stop of its parts. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createLog } from '../../common/program/log.ts';
import { loadConfig } from '../../common/program/settings/config.ts';
import { settings } from '../../ingest-gateway/config.ts';
import { createGateway } from '../../ingest-gateway/main.ts';
import { normalPushMs, runFuzz } from '../support/fuzz-scenario.ts';
import { deadUrl, type RunningGateway, startGateway } from '../support/gateway.ts';

let gateway: RunningGateway;

beforeAll(async () => {
  gateway = await startGateway({ collectRequestsPerMinute: 100_000 });
});
afterAll(() => gateway.stop());

test('2,000 hostile requests are answered, cause no error, and do not affect a normal push', async () => {
  await normalPushMs(gateway);
  const { statuses } = await runFuzz(gateway, { requests: 2_000, seed: 20_260_303 });
  expect([...statuses.keys()]).toEqual(expect.arrayContaining([202, 400, 413, 415]));
  expect(statuses.get(400)).toBeGreaterThan(500);
  expect(gateway.log()).not.toContain('level=error');
  expect(await normalPushMs(gateway)).toBeLessThan(5_000);
});

describe('start and stop', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hostpulse-gateway-main-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function createOn(port: number) {
    let lines = '';
    const log = createLog({ level: 'info', format: 'logfmt', program: 'gateway', write: (line) => (lines += line) });
    const config = {
      ...loadConfig(settings, { program: 'gateway', flags: {}, environment: {} }),
      listenAddresses: [{ host: '127.0.0.1', port }],
      grpcListenAddresses: [{ host: '127.0.0.1', port: 0 }],
      prometheusUrl: deadUrl,
      alertmanagerUrl: deadUrl,
      databasePath: join(folder, 'hostpulse.db'),
      drainDelayMs: 0,
    };
    const service = await createGateway(config, { log, version: '0.0.0', environment: {} });
    return { service, log: () => lines };
  }

  test('a port that is taken fails the start; the stop after it closes every part', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const { port } = blocker.address() as AddressInfo;
    const { service, log } = await createOn(port);
    await expect(service.start()).rejects.toThrow(`127.0.0.1:${port} is already in use`);
    await service.stop();
    expect(log()).not.toContain('did not stop');
    blocker.close();
    await once(blocker, 'close');
    const next = await createOn(port); // the database, its queue and both ports are free again
    await next.service.start();
    expect((await fetch(`http://127.0.0.1:${port}/-/ready`)).status).toBe(200);
    await Promise.all([next.service.stop(), next.service.stop()]);
    await expect(fetch(`http://127.0.0.1:${port}/-/ready`)).rejects.toThrow();
  });

  test('a stop during the start ends with nothing listening', async () => {
    const { service } = await createOn(0);
    const started = service.start();
    await service.stop();
    await started;
    for (const { port } of [...service.bound(), ...service.grpcBound()])
      await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
  });
});
