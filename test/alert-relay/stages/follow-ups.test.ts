/** What a channel adds to a message that it has: beside what follows, bounded, and its faults said once. */
import { describe, expect, test } from '@jest/globals';
import { createFollowUps } from '../../../alert-relay/stages/follow-ups.ts';
import { createRecordingLog } from '../../support/recording-log.ts';

function start() {
  const log = createRecordingLog();
  const aborted = new AbortController();
  const queue = createFollowUps({ channel: 'chat', signal: aborted.signal, log });
  const said = () => log.lines.map(({ reason }) => reason);
  return { queue, aborted, said };
}

const answer = (fault: string | undefined) => () => Promise.resolve(fault);

describe('follow-ups', () => {
  test('one at a time, in order; the end waits for all', async () => {
    const { queue, said } = start();
    const steps: string[] = [];
    for (const name of ['a', 'b'])
      queue.add(async () => {
        steps.push(`${name} begins`);
        await new Promise(setImmediate);
        steps.push(`${name} ends`);
        return undefined;
      });
    await queue.ended();
    expect(steps).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
    expect(said()).toEqual([]);
  });

  test('the same fault once, until it works or is another', async () => {
    const { queue, said } = start();
    for (const fault of ['Slack: missing_scope', 'Slack: missing_scope', 'HTTP 500', 'HTTP 500', undefined, 'HTTP 500'])
      queue.add(answer(fault));
    await queue.ended();
    expect(said()).toEqual(['Slack: missing_scope', 'HTTP 500', 'HTTP 500']);
  });

  test('what comes while too much waits is left out, and said', async () => {
    const { queue, said } = start();
    let done = 0;
    let release: () => void = () => undefined;
    const first = new Promise<void>((resolve) => (release = resolve));
    queue.add(() => first.then(() => undefined));
    await new Promise(setImmediate); // the first is under way
    const task = () => {
      done += 1;
      return Promise.resolve(undefined);
    };
    for (let at = 0; at < 25; at += 1) queue.add(task);
    expect(said()).toEqual(['too many wait']);
    release();
    await queue.ended();
    expect(done).toBe(20);
  });

  test('after the end nothing begins, and nobody is told of what was broken off', async () => {
    const { queue, aborted, said } = start();
    let isBegun = false;
    queue.add(async (signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return 'the relay stops';
    });
    queue.add(() => {
      isBegun = true;
      return Promise.resolve(undefined);
    });
    await new Promise(setImmediate);
    aborted.abort();
    await queue.ended();
    expect([isBegun, said()]).toEqual([false, []]);
  });
});
