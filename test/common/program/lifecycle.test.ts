/** Parts are started in order and stopped in reverse, and one failure does not keep the others from stopping. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { createLifecycle, type Part } from '../../../common/program/lifecycle.ts';
import { createRecordingLog } from '../../support/collector-host.ts';

function recordingParts(names: readonly string[], faults: Readonly<Record<string, string>> = {}) {
  const calls: string[] = [];
  const parts = names.map((name): Part => {
    const call = (what: 'start' | 'stop') => async () => {
      await sleep(1);
      calls.push(`${what} ${name}`);
      if (faults[`${what} ${name}`] !== undefined) throw new Error(faults[`${what} ${name}`]);
    };
    return { name, start: call('start'), stop: call('stop') };
  });
  return { calls, parts, log: createRecordingLog() };
}

test('starts in order and stops in reverse, once', async () => {
  const { calls, parts, log } = recordingParts(['store', 'queue', 'server']);
  const lifecycle = createLifecycle({ parts, log });
  await Promise.all([lifecycle.start(), lifecycle.start()]);
  expect(calls).toEqual(['start store', 'start queue', 'start server']);
  await Promise.all([lifecycle.stop(), lifecycle.stop()]);
  expect(calls.slice(3)).toEqual(['stop server', 'stop queue', 'stop store']);
  expect(log.lines).toEqual([]);
});

test('a part that fails to stop is logged and the remaining parts stop', async () => {
  const { calls, parts, log } = recordingParts(['store', 'queue', 'server'], { 'stop queue': 'disk full' });
  const lifecycle = createLifecycle({ parts, log });
  await lifecycle.start();
  await lifecycle.stop();
  expect(calls.slice(3)).toEqual(['stop server', 'stop queue', 'stop store']);
  expect(log.lines).toEqual(['error queue did not stop; the remaining parts are stopped']);
});

test('a part that fails to start keeps later parts from starting; all parts are stopped', async () => {
  const { calls, parts, log } = recordingParts(['store', 'queue', 'server'], { 'start queue': 'port taken' });
  const lifecycle = createLifecycle({ parts, log });
  await expect(lifecycle.start()).rejects.toThrow('port taken');
  await lifecycle.stop();
  expect(calls).toEqual(['start store', 'start queue', 'stop server', 'stop queue', 'stop store']);
});

test('a stop during the start waits for the part that is starting and starts no further part', async () => {
  const { calls, parts, log } = recordingParts(['store', 'queue', 'server']);
  const lifecycle = createLifecycle({ parts, log });
  const started = lifecycle.start();
  await lifecycle.stop();
  await started;
  expect(calls).toEqual(['start store', 'stop server', 'stop queue', 'stop store']);
});
