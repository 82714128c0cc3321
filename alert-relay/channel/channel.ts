/** The contract of a channel. */
import type { DeliveryOutcome } from '../../common/program/retry.ts';
import type { Picture } from '../chart/picture.ts';
import type { GroupMessage, Message } from '../text/message.ts';

/**
 * `receipt`: where the message stands in the channel, given back as `previous` with what follows on it.
 * `warning`: what an operator should know although the message is delivered.
 */
export type ChannelOutcome =
  | { readonly kind: 'ok'; readonly receipt?: string; readonly warning?: string; readonly followUp?: FollowUp }
  | Exclude<DeliveryOutcome, { kind: 'ok' }>;

/**
 * What is added to a message that the channel has already, once that is recorded: it delays no message, is tried once,
 * and lost when the relay ends. Answers what went wrong, without secrets. Does not throw.
 */
export type FollowUp = (signal: AbortSignal) => Promise<string | undefined>;

export interface DeliveryContext {
  /** Ends the attempt when the relay stops. */
  readonly signal: AbortSignal;
  /** The newest receipt of the episode, or of the group's message; undefined where there is none. */
  readonly previous: string | undefined;
  /** The picture of the message; undefined where there is none, or not within a few seconds. Does not throw. */
  readonly tryPicture?: () => Promise<Picture | undefined>;
}

/**
 * Each delivery makes one attempt within a time limit of its own, and classifies what came of it; never throws, never
 * retries. `ok` only when the receiver has the message. Reasons and warnings hold no secret: a receiver's URL is one.
 */
export interface Channel {
  /** Its key in the configuration. */
  readonly name: string;
  /** Attempts that it makes at most in a minute, evenly spaced; undefined: as fast as its receiver answers. */
  readonly messagesPerMinute: number | undefined;
  deliver(message: Message, context: DeliveryContext): Promise<ChannelOutcome>;
  /** Absent where the receiver wants every alert by itself. */
  readonly groups?: {
    /** Whether messages can be changed once they are there: one message then speaks for its alerts until all have ended. */
    readonly canUpdate: boolean;
    deliver(group: GroupMessage, context: DeliveryContext): Promise<ChannelOutcome>;
  };
}
