/** Renders the badges of alerts: severity, state, muting, labels and deliveries. Each has an icon, a word and a colour. */
import type { ComponentChildren } from 'preact';
import { silencesPath } from '../../common/page/paths.ts';
import type { ActiveAlert, Episode } from '../api/alerts.ts';
import { Icon, type IconName } from '../components/icon.tsx';
import { type DeliveryStatus, deliveryLabels, deliveryStatusesOf } from './delivery-status.ts';
import { severityStyleOf } from './severity.ts';

interface BadgeProps {
  readonly tone: string;
  readonly icon: IconName;
  readonly title?: string | undefined;
  readonly children: ComponentChildren;
}

export function Badge({ tone, icon, title, children }: BadgeProps) {
  return (
    <span class={`badge ${tone}`} title={title}>
      <Icon name={icon} /> {children}
    </span>
  );
}

export function SeverityBadge({ severity }: { readonly severity: string | undefined }) {
  const { word, ...look } = severityStyleOf(severity);
  return <Badge {...look}>{word}</Badge>;
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
  const [tone, icon] = state === 'firing' ? (['firing', 'bell'] as const) : (['good', 'check'] as const);
  return (
    <Badge tone={tone} icon={icon}>
      {state}
    </Badge>
  );
}

/** Renders why an alert sends no message: a link to the silence, or the alert that inhibits this alert. */
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
    <Badge tone="muted" icon="mute" title="Another firing alert inhibits this one">
      inhibited
    </Badge>
  );
}

const deliveryIcons: Readonly<Record<DeliveryStatus, readonly [IconName, string]>> = {
  delivered: ['check', 'good'],
  pending: ['clock', 'warn'],
  dead: ['close', 'bad'],
};

/** Renders each channel with the delivery status of its messages. */
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
