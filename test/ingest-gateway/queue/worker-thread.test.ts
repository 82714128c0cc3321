/** A worker thread as requests and answers: order, death, and a stop that waits for earlier requests. */
import { expect, test } from '@jest/globals';
import { startWorkerThread, type WorkerThread } from '../../../ingest-gateway/queue/worker-thread.ts';

/** Starts a thread that runs the code. */
function start(code: string): WorkerThread<string, string> {
  const source = `import { parentPort as port, workerData } from 'node:worker_threads';\n${code}`;
  return startWorkerThread({
    url: new URL(`data:text/javascript,${encodeURIComponent(source)}`),
    data: 'given',
    name: 'the test thread',
  });
}

const echo = "port.on('message', (text) => setTimeout(() => port.postMessage(`${workerData} ${text}`), 20));";

test('answers come in the order of the requests', async () => {
  const thread = start(echo);
  expect(await Promise.all(['a', 'b', 'c'].map((text) => thread.ask(text)))).toEqual(['given a', 'given b', 'given c']);
  await thread.stop();
  expect(thread.hasEnded()).toBe(true);
});

test('the first message needs no request', async () => {
  const thread = start("port.postMessage('ready'); port.on('message', () => undefined);");
  expect(await thread.receive()).toBe('ready');
  await thread.stop();
});

test('a thread that dies rejects what waits and what comes later', async () => {
  const thread = start("port.on('message', () => { throw new Error('no disk'); });");
  await expect(thread.ask('a')).rejects.toMatchObject({
    message: 'the test thread died',
    cause: { message: 'no disk' },
  });
  expect(thread.hasEnded()).toBe(true);
  await expect(thread.ask('b')).rejects.toThrow('the test thread died');
  await thread.stop();
});

test('a stop waits for earlier requests', async () => {
  const thread = start(echo);
  const answer = thread.ask('a');
  await thread.stop();
  expect(await answer).toBe('given a');
});
