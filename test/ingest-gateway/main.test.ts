/** 2,000 hostile requests: no crash, no fault of the gateway's own, and a normal push is taken as before. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { normalPushMs, runFuzz } from '../support/fuzz-scenario.ts';
import { type RunningGateway, startGateway } from '../support/gateway.ts';

let gateway: RunningGateway;

beforeAll(async () => {
  gateway = await startGateway({ collectRequestsPerMinute: 100_000 });
});
afterAll(() => gateway.stop());

test('hostile requests are each answered for what they are', async () => {
  await normalPushMs(gateway);
  const { statuses } = await runFuzz(gateway, { requests: 2_000, seed: 20_260_303 });
  expect([...statuses.keys()]).toEqual(expect.arrayContaining([202, 400, 413, 415]));
  expect(statuses.get(400)).toBeGreaterThan(500);
  expect(gateway.log()).not.toContain('level=error');
  expect(await normalPushMs(gateway)).toBeLessThan(5_000);
});
