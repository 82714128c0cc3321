/** What happened in an episode, one under the other. */
import { Icon, type IconName } from '../../components/icon.tsx';
import { formatTime } from '../../format/times.ts';
import type { TimelineEvent } from './timeline.ts';

const icons: Readonly<Record<TimelineEvent['tone'], IconName>> = {
  fired: 'bell',
  resolved: 'check',
  delivered: 'check',
  pending: 'clock',
  dead: 'close',
};

export function TimelineList({ events }: { readonly events: readonly TimelineEvent[] }) {
  return (
    <ol class="timeline">
      {events.map(({ timeMs, tone, text, detail }, index) => (
        <li key={index} class={tone}>
          <Icon name={icons[tone]} />
          <time datetime={new Date(timeMs).toISOString()}>{formatTime(timeMs)}</time>
          <span>{text}</span>
          {detail === undefined ? null : <small class="quiet">{detail}</small>}
        </li>
      ))}
    </ol>
  );
}
