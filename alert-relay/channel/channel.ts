/** Defines the contract of a channel: Slack, email, a webhook. */
import type { DeliveryOutcome } from '../../common/program/retry.ts';
import type { Picture } from '../chart/picture.ts';
import type { GroupMessage, Message } from '../text/message.ts';

/**
 * The result of an attempt. `receipt` identifies the message in the channel; later messages of the same episode get it as
 * `previous`. `warning` reports a problem with a delivered message, such as one refused recipient.
 */
export type ChannelOutcome =
  | { readonly kind: 'ok'; readonly receipt?: string; readonly warning?: string; readonly followUp?: FollowUp }
  | Exclude<DeliveryOutcome, { kind: 'ok' }>;

/**
 * An addition to a delivered message, such as a picture. Runs once, after the delivery is recorded, and delays no other
 * message; lost when the relay ends. Resolves to a fault, without secrets, or undefined. Does not throw.
 */
export type FollowUp = (signal: AbortSignal) => Promise<string | undefined>;

export interface DeliveryContext {
  /** Aborted when the relay stops or loses the channel's lease. */
  readonly signal: AbortSignal;
  /** The newest receipt of the episode or of the group's message. Undefined for the first message. */
  readonly previous: string | undefined;
  /** Resolves to the message's picture, or undefined if there is none within a few seconds. Does not throw. */
  readonly tryPicture?: () => Promise<Picture | undefined>;
}

/**
 * A delivery makes one attempt within the channel's own time limit and classifies its result. It never throws and never
 * retries. `ok` means that the receiver has the message. Reasons and warnings contain no secrets; a receiver's URL is one.
 */
export interface Channel {
  /** The channel's key in the configuration. */
  readonly name: string;
  /** Maximum attempts in a minute, evenly spaced. Undefined: as fast as the receiver answers. */
  readonly messagesPerMinute: number | undefined;
  deliver(message: Message, context: DeliveryContext): Promise<ChannelOutcome>;
  /** Absent if the receiver gets every alert in a separate message. */
  readonly groups?: {
    /** Whether delivered messages can be changed. If so, one message represents a group until all its alerts are resolved. */
    readonly canUpdate: boolean;
    deliver(group: GroupMessage, context: DeliveryContext): Promise<ChannelOutcome>;
  };
}
