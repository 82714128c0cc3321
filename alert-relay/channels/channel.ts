/** The contract of a channel. */
import type { DeliveryOutcome } from '../../common/program/outcome.ts';
import type { Message } from '../message.ts';

export interface Channel {
  /** Its key in the configuration. */
  readonly name: string;
  /**
   * Makes one attempt within a time limit of its own, and classifies what came of it; never throws, never retries.
   * `ok` only when the receiver has the message. Reasons hold no secret: a receiver's URL is one. `signal` ends the
   * attempt when the relay stops.
   */
  deliver(message: Message, signal: AbortSignal): Promise<DeliveryOutcome>;
}
