/** After the last stage: what a channel adds to a message that it has, one at a time beside the messages that follow. */
import type { Log } from '../../common/program/log.ts';
import type { Afterwards } from '../channel/channel.ts';

export interface AfterwardsOptions {
  readonly channel: string;
  /** Ends what is under way. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

export interface AfterwardsQueue {
  /** Left out when too much waits already. */
  add(task: Afterwards): void;
  /** Resolves once nothing is under way. */
  ended(): Promise<void>;
}

const waitingAtMost = 20;

export function createAfterwards({ channel, signal, log }: AfterwardsOptions): AfterwardsQueue {
  let last = Promise.resolve();
  let waiting = 0;
  let said: string | undefined;

  async function run(task: Afterwards): Promise<void> {
    waiting -= 1;
    if (!signal.aborted) say(await task(signal));
  }

  /** Once, until it works or fails otherwise: a missing permission would be said with every message. */
  function say(fault: string | undefined): void {
    if (fault !== undefined && fault !== said && !signal.aborted)
      log.warn('messages arrive without their pictures; said once', { channel, reason: fault });
    said = fault;
  }

  return {
    add(task) {
      if (waiting >= waitingAtMost) return say('too many wait');
      waiting += 1;
      last = last.then(() => run(task));
    },
    ended: () => last,
  };
}
