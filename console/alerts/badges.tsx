/** Badges of alerts: severity, state, muting, labels and deliveries. Each has an icon, a word and a colour. */

import { silencesPath } from '../../common/page/paths.ts';
import type { ActiveAlert, Episode } from '../api/alerts.ts';
import type { IconName } from '../components/icon.tsx';
import { Icon } from '../components/icon.tsx';
import { type DeliveryStatus, deliveryLabels, deliveryStatusesOf } from './delivery-status.ts';
import { severityStyleOf } from './severity.ts';

export function SeverityBadge({ severity }: { readonly severity: string | undefined }) {
  const { word, icon, tone } = severityStyleOf(severity);
  return (
    <span class={`badge ${tone}`}>
      <Icon name={icon} /> {word}
    </span>
  );
}

export function LabelList({ labels }: { readonly labels: readonly (readonly [string, string])[] }) {
  return (
    <ul class="label-list">
      {labels.map(([name, value]) => (
        <li key={name}>
          <span class="label-name">{name}</span> {value}
        </li>
      ))}
    </ul>
  );
}

export function StateBadge({ state }: { readonly state: Episode['state'] }) {
  return state === 'firing' ? (
    <span class="badge firing">
      <Icon name="bell" /> firing
    </span>
  ) : (
    <span class="badge good">
      <Icon name="check" /> resolved
    </span>
  );
}

/** Why no message is sent: a link to the silence, or another alert that inhibits this one. */
export function MutedBadge({ alert }: { readonly alert: ActiveAlert }) {
  const [silence] = alert.silenced_by;
  if (silence !== undefined)
    return (
      <a class="badge muted" href={`${silencesPath}/${encodeURIComponent(silence)}`}>
        <Icon name="mute" /> silenced
      </a>
    );
  if (alert.inhibited_by.length === 0) return null;
  return (
    <span class="badge muted" title="Another firing alert inhibits this one">
      <Icon name="mute" /> inhibited
    </span>
  );
}

const deliveryIcons: Readonly<Record<DeliveryStatus, readonly [IconName, string]>> = {
  delivered: ['check', 'good'],
  pending: ['clock', 'warn'],
  dead: ['close', 'bad'],
};

/** Each channel with the delivery status of its messages. */
export function Deliveries({ episode }: { readonly episode: Episode }) {
  const deliveries = deliveryStatusesOf(episode.notifications);
  if (deliveries.length === 0) return <span class="secondary">none sent yet</span>;
  return (
    <ul class="deliveries">
      {deliveries.map(({ channel, status, count, reason }) => (
        <li key={channel} class={deliveryIcons[status][1]} title={reason}>
          <Icon name={deliveryIcons[status][0]} /> {channel}
          {count > 1 ? <span class="secondary"> ×{count}</span> : null}
          {status === 'delivered' ? <span class="hidden-label"> delivered</span> : ` ${deliveryLabels[status]}`}
        </li>
      ))}
    </ul>
  );
}
