/** Follow-ups run one at a time, their number is limited, and a fault is logged once. */
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
  test('run one at a time, in order; ended waits for all', async () => {
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

  test('a repeated fault is logged once, until a success or another fault', async () => {
    const { queue, said } = start();
    for (const fault of ['Slack: missing_scope', 'Slack: missing_scope', 'HTTP 500', 'HTTP 500', undefined, 'HTTP 500'])
      queue.add(answer(fault));
    await queue.ended();
    expect(said()).toEqual(['Slack: missing_scope', 'HTTP 500', 'HTTP 500']);
  });

  test('a follow-up for a full queue is dropped and logged', async () => {
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

  test('after an abort no follow-up starts and no fault is logged', async () => {
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
