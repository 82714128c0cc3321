/** An alert's severity as word, picture and colour. */

import { silencesPath } from '../../common/page/paths.ts';
import type { ActiveAlert, Episode } from '../api/alerts.ts';
import type { IconName } from '../components/icon.tsx';
import { Icon } from '../components/icon.tsx';
import { type Fate, fatesOf, fateWords } from './delivery-status.ts';
import { faceOf } from './severity.ts';

export function SeverityMark({ severity }: { readonly severity: string | undefined }) {
  const { word, icon, tone } = faceOf(severity);
  return (
    <span class={`mark ${tone}`}>
      <Icon name={icon} /> {word}
    </span>
  );
}

export function LabelList({ labels }: { readonly labels: readonly (readonly [string, string])[] }) {
  return (
    <ul class="plates">
      {labels.map(([name, value]) => (
        <li key={name}>
          <span class="plate-name">{name}</span> {value}
        </li>
      ))}
    </ul>
  );
}

export function StateMark({ state }: { readonly state: Episode['state'] }) {
  return state === 'firing' ? (
    <span class="mark firing">
      <Icon name="bell" /> firing
    </span>
  ) : (
    <span class="mark good">
      <Icon name="check" /> resolved
    </span>
  );
}

/** Why nobody is told: a silence, which can be looked at, or another alert. */
export function MutedMark({ alert }: { readonly alert: ActiveAlert }) {
  const [silence] = alert.silenced_by;
  if (silence !== undefined)
    return (
      <a class="mark muted" href={`${silencesPath}/${encodeURIComponent(silence)}`}>
        <Icon name="mute" /> silenced
      </a>
    );
  if (alert.inhibited_by.length === 0) return null;
  return (
    <span class="mark muted" title="Another alert that fires says it already">
      <Icon name="mute" /> inhibited
    </span>
  );
}

const fateFaces: Readonly<Record<Fate, readonly [IconName, string]>> = {
  delivered: ['check', 'good'],
  pending: ['clock', 'warn'],
  dead: ['close', 'bad'],
};

/** Each channel, and whether its messages arrived. */
export function Fates({ episode }: { readonly episode: Episode }) {
  const fates = fatesOf(episode.notifications);
  if (fates.length === 0) return <span class="quiet">nobody</span>;
  return (
    <ul class="fates">
      {fates.map(({ channel, fate, count, reason }) => (
        <li key={channel} class={fateFaces[fate][1]} title={reason}>
          <Icon name={fateFaces[fate][0]} /> {channel}
          {count > 1 ? <span class="quiet"> ×{count}</span> : null}
          {fate === 'delivered' ? <span class="hidden-label"> delivered</span> : ` ${fateWords[fate]}`}
        </li>
      ))}
    </ul>
  );
}
