/** What became of an alert's messages: each channel in one line. */
import type { Notification } from '../api/alerts.ts';

export type DeliveryStatus = 'delivered' | 'pending' | 'dead';

export interface ChannelDelivery {
  readonly channel: string;
  readonly fate: DeliveryStatus;
  /** Messages of the episode to it. */
  readonly count: number;
  /** Why the worst of them is what it is. */
  readonly reason: string | undefined;
}

const badness: Readonly<Record<DeliveryStatus, number>> = { delivered: 0, pending: 1, dead: 2 };

/** By channel, the worst of its messages: one that was lost is not made good by one that came. */
export function deliveryStatusesOf(notifications: readonly Notification[]): readonly ChannelDelivery[] {
  const byChannel = Map.groupBy(notifications, ({ channel }) => channel);
  return [...byChannel].map(([channel, messages]) => {
    const worst = messages.reduce((a, b) => (badness[b.state] > badness[a.state] ? b : a));
    return { channel, fate: worst.state, count: messages.length, reason: worst.reason };
  });
}

export const deliveryLabels: Readonly<Record<DeliveryStatus, string>> = {
  delivered: 'delivered',
  pending: 'on its way',
  dead: 'given up',
};
