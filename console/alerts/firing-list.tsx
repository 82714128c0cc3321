/** Renders the firing alerts in groups. */
import { alertPath } from '../../common/page/paths.ts';
import { Icon } from '../components/icon.tsx';
import { Timestamp } from '../components/timestamp.tsx';
import { formatSpan } from '../format/values.ts';
import {
  distinctLabels,
  metricHelpOf,
  metricTitleOf,
  reportedValueOf,
  thresholdOf,
  tryFormatValue,
  unitOf,
} from './alert-value.ts';
import { AckBadge, LabelList, MutedBadge, SeverityBadge } from './badges.tsx';
import type { FiringAlert, FiringGroup, GroupBy } from './firing.ts';
import { hostPathAround, silencePathOf, tryGraphPath } from './links.ts';
import { severityStyleOf } from './severity.ts';

interface FiringListProps {
  readonly groups: readonly FiringGroup[];
  readonly by: GroupBy;
  /** By fingerprint. */
  readonly values: ReadonlyMap<string, number>;
  readonly nowMs: number;
}

/** Longer groups start collapsed. */
const openUpTo = 12;

export function FiringList({ groups, by, values, nowMs }: FiringListProps) {
  return (
    <div class="firing-groups">
      {groups.map((group) => (
        <details
          key={group.name}
          class={`card firing-group ${severityStyleOf(group.severity).tone}`}
          open={group.alerts.length <= openUpTo}
        >
          <summary>
            <SeverityBadge severity={group.severity} />
            <h3>{group.name === '' ? 'No host' : group.name}</h3>
            <span class="secondary">{groupSummary(group, by)}</span>
          </summary>
          <ul class="rows">
            {group.alerts.map((alert) => (
              <FiringRow
                key={alert.fingerprint}
                alert={alert}
                by={by}
                value={values.get(alert.fingerprint)}
                nowMs={nowMs}
              />
            ))}
          </ul>
        </details>
      ))}
    </div>
  );
}

function groupSummary({ alerts, hosts, silenced, inhibited }: FiringGroup, by: GroupBy): string {
  const count = alerts.length === 1 ? '1 alert' : `${alerts.length} alerts`;
  const where = by === 'rule' && hosts > 1 ? ` on ${hosts} hosts` : '';
  const of = (muted: number, word: string): string =>
    muted === 0 ? '' : muted === alerts.length ? `, ${word}` : `, ${muted} ${word}`;
  return `${count}${where}${of(silenced, 'silenced')}${of(inhibited, 'inhibited')}`;
}

interface FiringRowProps {
  readonly alert: FiringAlert;
  readonly by: GroupBy;
  readonly value: number | undefined;
  readonly nowMs: number;
}

function FiringRow({ alert, by, value, nowMs }: FiringRowProps) {
  const { labels, annotations, rule, host, severity, episode, starts_at } = alert;
  const name = by === 'host' ? rule : (host ?? rule);
  const graph = tryGraphPath(alert);
  const telling = distinctLabels(labels);
  const ofHost = host === undefined ? undefined : hostPathAround(host, alert);
  const path = episode === undefined ? (ofHost ?? graph) : alertPath(episode);
  return (
    <li class="firing-row">
      <div class="firing-name">
        {by === 'host' ? <SeverityBadge severity={severity} /> : null}
        {path === undefined ? <strong>{name}</strong> : <a href={path}>{name}</a>}
        <MutedBadge alert={alert} />
        <AckBadge acknowledgement={alert.acknowledgement} />
        {telling.length === 0 ? null : <LabelList labels={telling} />}
        <p class="secondary" title={metricHelpOf(alert)}>
          {metricTitleOf(alert) ?? (annotations['summary']?.trim() || annotations['description'])}
        </p>
      </div>
      <Reading alert={alert} value={value} />
      <div class="firing-since">
        <span class="secondary">since</span> {formatSpan(Math.max(0, nowMs - Date.parse(starts_at)))}
        <small class="secondary">
          <Timestamp at={starts_at} />
        </small>
      </div>
      <div class="firing-links">
        {host === undefined ? null : (
          <a
            class="button plain"
            href={hostPathAround(host, alert)}
            aria-label={`Dashboard of ${host}`}
            title="Host dashboard"
          >
            <Icon name="server" />
          </a>
        )}
        {graph === undefined ? null : (
          <a class="button plain" href={graph} aria-label={`Graph of ${rule} on ${name}`} title="Graph">
            <Icon name="pulse" />
          </a>
        )}
        <a class="button plain" href={silencePathOf(labels)} aria-label={`Silence ${rule} on ${name}`} title="Silence">
          <Icon name="mute" />
        </a>
      </div>
    </li>
  );
}

function Reading({ alert, value }: { readonly alert: FiringAlert; readonly value: number | undefined }) {
  const unit = unitOf(alert);
  const now = tryFormatValue(value ?? reportedValueOf(alert), unit);
  const threshold = tryFormatValue(thresholdOf(alert), unit);
  if (now === undefined) return <div class="firing-value" />;
  return (
    <div class="firing-value">
      <strong title={value === undefined ? 'Reported by the rule' : 'Current value'}>{now}</strong>
      {threshold === undefined ? null : <small class="secondary">threshold {threshold}</small>}
    </div>
  );
}
