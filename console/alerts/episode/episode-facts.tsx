/** Renders the main facts of an episode (state, values, threshold, times and deliveries) and its timeline. */
import type { ComponentChildren } from 'preact';
import type { ActiveAlert, Episode } from '../../api/alerts.ts';
import { Icon, type IconName } from '../../components/icon.tsx';
import { Timestamp } from '../../components/timestamp.tsx';
import { formatSpan, formatTime } from '../../format/values.ts';
import { metricHelpOf, metricTitleOf, reportedValueOf, thresholdOf, tryFormatValue, unitOf } from '../alert-value.ts';
import { AckBadge, Deliveries, MutedBadge, SeverityBadge, StateBadge } from '../badges.tsx';
import { useCurrentValues } from '../use-current-values.ts';
import { AckNote } from './acknowledgement.tsx';
import type { TimelineEvent } from './timeline.ts';

interface EpisodeFactsProps {
  readonly episode: Episode;
  /** The alert in Alertmanager. Undefined when the alert is not active in Alertmanager, or not loaded yet. */
  readonly active: ActiveAlert | undefined;
  readonly nowMs: number;
}

export function EpisodeFacts({ episode, active, nowMs }: EpisodeFactsProps) {
  const { state, severity, annotations, starts_at, ends_at, fingerprint } = episode;
  const values = useCurrentValues(active === undefined ? [] : [active], nowMs);
  const unit = unitOf(episode);
  const reported = tryFormatValue(reportedValueOf(episode), unit);
  const atEnd = tryFormatValue(episode.value_at_resolve, unit);
  const current = tryFormatValue(values.get(fingerprint), unit);
  const threshold = tryFormatValue(thresholdOf(episode), unit);
  const endMs = ends_at === undefined ? nowMs : Date.parse(ends_at);
  const words = metricTitleOf(episode);
  return (
    <div class="card padded episode">
      <p class="badges">
        <StateBadge state={state} />
        <SeverityBadge severity={severity} />
        {active === undefined ? null : <MutedBadge alert={active} />}
        <AckBadge acknowledgement={episode.acknowledgement} />
      </p>
      {(annotations['summary'] ?? '').trim() === '' ? null : <p class="lead">{annotations['summary']}</p>}
      {annotations['description'] === undefined ? null : <p class="secondary">{annotations['description']}</p>}
      <dl class="facts">
        {words === undefined ? null : (
          <Fact name="Metric">
            <span title={metricHelpOf(episode)}>{words}</span>
          </Fact>
        )}
        {current === undefined ? null : <Fact name="Value now">{current}</Fact>}
        {reported === undefined ? null : <Fact name={state === 'firing' ? 'Reported value' : 'Value'}>{reported}</Fact>}
        {atEnd === undefined ? null : <Fact name="Value at end">{atEnd}</Fact>}
        {threshold === undefined ? null : <Fact name="Threshold">{threshold}</Fact>}
        <Fact name="Started">
          <Timestamp at={starts_at} />
        </Fact>
        {ends_at === undefined ? null : (
          <Fact name="Ended">
            <Timestamp at={ends_at} />
          </Fact>
        )}
        <Fact name="Duration">{formatSpan(Math.max(0, endMs - Date.parse(starts_at)))}</Fact>
        {episode.acknowledgement === undefined ? null : (
          <Fact name="Acknowledged by">
            <AckNote acknowledgement={episode.acknowledgement} />
          </Fact>
        )}
        <Fact name="Notifications">
          <Deliveries episode={episode} />
        </Fact>
      </dl>
    </div>
  );
}

export function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const icons: Readonly<Record<TimelineEvent['tone'], IconName>> = {
  fired: 'bell',
  resolved: 'check',
  acknowledged: 'user',
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
          {detail === undefined ? null : <small class="secondary">{detail}</small>}
        </li>
      ))}
    </ol>
  );
}
