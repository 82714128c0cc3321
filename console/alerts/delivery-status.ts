/** Returns the delivery status of an alert's messages, one entry a channel. */
import type { Notification } from '../api/alerts.ts';

export type DeliveryStatus = 'delivered' | 'pending' | 'dead';

interface ChannelDelivery {
  readonly channel: string;
  readonly status: DeliveryStatus;
  /** Number of the episode's messages to the channel. */
  readonly count: number;
  /** Reason of the worst message. */
  readonly reason: string | undefined;
}

const severity: Readonly<Record<DeliveryStatus, number>> = { delivered: 0, pending: 1, dead: 2 };

/** Returns the worst status of each channel: a delivered message does not hide a lost one. */
export function deliveryStatusesOf(notifications: readonly Notification[]): readonly ChannelDelivery[] {
  const byChannel = Map.groupBy(notifications, ({ channel }) => channel);
  return [...byChannel].map(([channel, messages]) => {
    const worst = messages.reduce((a, b) => (severity[b.state] > severity[a.state] ? b : a));
    return { channel, status: worst.state, count: messages.length, reason: worst.reason };
  });
}

export const deliveryLabels: Readonly<Record<DeliveryStatus, string>> = {
  delivered: 'delivered',
  pending: 'pending',
  dead: 'failed',
};
