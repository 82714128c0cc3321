/** Renders a silence with its matchers, times and comment, and the buttons that change the silence. */
import { useState } from 'preact/hooks';
import { renderMatcher, renderMatchers } from '../../common/alertmanager/matchers.ts';
import { newSilencePath, silencesPath } from '../../common/page/paths.ts';
import { Badge } from '../alerts/badges.tsx';
import { type Silence, type SilenceState, silencesApiPath } from '../api/silences.ts';
import { ConfirmDialog } from '../components/dialog.tsx';
import { Icon, type IconName } from '../components/icon.tsx';
import { Timestamp } from '../components/timestamp.tsx';
import { formatSpan } from '../format/values.ts';
import { useServices } from '../hooks/services.ts';

interface SilenceCardProps {
  readonly silence: Silence;
  readonly nowMs: number;
  readonly mayWrite: boolean;
  /** Called after the silence has been ended. */
  readonly onChanged: () => void;
}

const faces: Readonly<Record<SilenceState, readonly [IconName, string]>> = {
  active: ['mute', 'muted'],
  pending: ['clock', 'neutral'],
  expired: ['check', 'inactive'],
};

export function SilenceCard({ silence, nowMs, mayWrite, onChanged }: SilenceCardProps) {
  const { id, state, matchers, starts_at, ends_at, created_by, comment } = silence;
  const { api } = useServices();
  const [isAsking, setAsking] = useState(false);
  const [icon, tone] = faces[state];
  const expire = async () => {
    await api.send('DELETE', `${silencesApiPath}/${encodeURIComponent(id)}`);
    setAsking(false);
    onChanged();
  };
  return (
    <li class="card padded silence">
      <div class="silence-head">
        <Badge tone={tone} icon={icon}>
          {state}
        </Badge>
        <span>{timeLeft(silence, nowMs)}</span>
        <span class="secondary">
          <Timestamp at={starts_at} /> to <Timestamp at={ends_at} />
        </span>
      </div>
      <ul class="label-list">
        {matchers.map((matcher) => (
          <li key={renderMatcher(matcher)}>
            <code>{renderMatcher(matcher)}</code>
          </li>
        ))}
      </ul>
      <p>{comment}</p>
      <p class="secondary">Created by {created_by}</p>
      <div class="silence-actions">
        {state === 'expired' ? (
          <a class="button" href={`${newSilencePath(renderMatchers(matchers))}&${new URLSearchParams({ comment })}`}>
            <Icon name="refresh" /> Silence again
          </a>
        ) : (
          <>
            <a class="button" href={`${silencesPath}/${id}`}>
              <Icon name="edit" /> Edit
            </a>
            <button type="button" class="danger" disabled={!mayWrite} onClick={() => setAsking(true)}>
              <Icon name="close" /> End silence
            </button>
          </>
        )}
      </div>
      {isAsking ? (
        <ConfirmDialog
          title="End this silence?"
          action="End silence"
          failureTitle="Silence not ended"
          onConfirm={expire}
          onClose={() => setAsking(false)}
        >
          <p>Notifications for alerts that match {renderMatchers(matchers)} resume at once.</p>
        </ConfirmDialog>
      ) : null}
    </li>
  );
}

function timeLeft({ state, starts_at, ends_at }: Silence, nowMs: number): string {
  const span = (timeMs: number) => formatSpan(Math.max(0, timeMs));
  if (state === 'active') return `${span(Date.parse(ends_at) - nowMs)} left`;
  if (state === 'pending') return `starts in ${span(Date.parse(starts_at) - nowMs)}`;
  return `ended ${span(nowMs - Date.parse(ends_at))} ago`;
}
