/** Runs follow-ups of delivered messages, such as Slack's picture upload, one at a time and apart from the deliveries. */
import type { Log } from '../../common/program/log.ts';
import type { FollowUp } from '../channel/channel.ts';

export interface FollowUpsOptions {
  readonly channel: string;
  /** Ends the follow-up that is under way and skips the waiting follow-ups. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

export interface FollowUps {
  /** Queues a follow-up. A full queue drops it. */
  add(followUp: FollowUp): void;
  /** Resolves once no follow-up is queued or under way. */
  ended(): Promise<void>;
}

const maxWaiting = 20;

export function createFollowUps({ channel, signal, log }: FollowUpsOptions): FollowUps {
  let last = Promise.resolve();
  let waiting = 0;
  let logged: string | undefined;

  async function run(followUp: FollowUp): Promise<void> {
    waiting -= 1;
    if (!signal.aborted) logFault(await followUp(signal));
  }

  /** Logs a fault once, until a follow-up succeeds or fails differently: a missing permission affects every message. */
  function logFault(fault: string | undefined): void {
    if (fault !== undefined && fault !== logged && !signal.aborted)
      log.warn('messages are delivered without pictures; logged once', { channel, reason: fault });
    logged = fault;
  }

  return {
    add(followUp) {
      if (waiting >= maxWaiting) return logFault('too many wait');
      waiting += 1;
      last = last.then(() => run(followUp));
    },
    ended: () => last,
  };
}
