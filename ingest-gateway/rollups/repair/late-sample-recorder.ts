/** A batch sender that says which of the samples that it stored came too late for the recording rules. */
import { messageOf } from '../../../common/program/log.ts';
import type { BatchOutcome, BatchSender } from '../../forward/batch-sender.ts';
import type { BatchInfo } from '../../queue/batch-queue.ts';
import type { LateWindows } from './late-windows.ts';

/** A batch counts as stored once its window is on disk; until then it is sent again, which Prometheus takes as it is. */
export function withLateWindows(sender: BatchSender, lateWindows: LateWindows): BatchSender {
  async function note(batch: BatchInfo, outcome: BatchOutcome): Promise<BatchOutcome> {
    if (outcome.kind !== 'ok') return outcome;
    try {
      await lateWindows.note(batch);
      return outcome;
    } catch (error) {
      return { kind: 'retry', message: `its window cannot be noted for repair: ${messageOf(error)}` };
    }
  }

  return {
    send: async (batch, company) => note(batch, await sender.send(batch, company)),
    resend: async (batch, company) => note(batch, await sender.resend(batch, company)),
  };
}
