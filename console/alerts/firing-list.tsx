/** What fires now, group by group. */

import { alertPath } from '../../common/page/paths.ts';
import { Icon } from '../components/icon.tsx';
import { Moment } from '../components/moment.tsx';
import { formatSpan } from '../format/durations.ts';
import {
  metricHelpOf,
  metricWordsOf,
  tellingLabels,
  thresholdOf,
  toldValueOf,
  tryFormatReading,
  unitOf,
} from './alert-value.ts';
import type { FiringAlert, FiringGroup, GroupBy } from './firing.ts';
import { hostPathAround, silencePathOf, tryGraphPath } from './links.ts';
import { LabelList, MutedMark, SeverityMark } from './marks.tsx';
import { faceOf } from './severity.ts';

export interface FiringListProps {
  readonly groups: readonly FiringGroup[];
  readonly by: GroupBy;
  /** By fingerprint. */
  readonly values: ReadonlyMap<string, number>;
  readonly nowMs: number;
}

/** Longer groups begin folded. */
const openUpTo = 12;

export function FiringList({ groups, by, values, nowMs }: FiringListProps) {
  return (
    <div class="firing-groups">
      {groups.map((group) => (
        <details
          key={group.name}
          class={`card firing-group ${faceOf(group.severity).tone}`}
          open={group.alerts.length <= openUpTo}
        >
          <summary>
            <SeverityMark severity={group.severity} />
            <h3>{group.name === '' ? 'Without a host' : group.name}</h3>
            <span class="quiet">{groupWords(group, by)}</span>
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

function groupWords({ alerts, hosts, muted }: FiringGroup, by: GroupBy): string {
  const count = alerts.length === 1 ? '1 alert' : `${alerts.length} alerts`;
  const where = by === 'rule' && hosts > 1 ? ` on ${hosts} hosts` : '';
  return `${count}${where}${muted === 0 ? '' : muted === alerts.length ? ', muted' : `, ${muted} muted`}`;
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
  const telling = tellingLabels(labels);
  return (
    <li class="firing-row">
      <div class="firing-name">
        {by === 'host' ? <SeverityMark severity={severity} /> : null}
        {episode === undefined ? <strong>{name}</strong> : <a href={alertPath(episode)}>{name}</a>}
        <MutedMark alert={alert} />
        {telling.length === 0 ? null : <LabelList labels={telling} />}
        <p class="quiet" title={metricHelpOf(alert)}>
          {metricWordsOf(alert) ?? annotations['summary'] ?? annotations['description']}
        </p>
      </div>
      <Reading alert={alert} value={value} />
      <div class="firing-since">
        <span class="quiet">since</span> {formatSpan(Math.max(0, nowMs - Date.parse(starts_at)))}
        <small class="quiet">
          <Moment at={starts_at} />
        </small>
      </div>
      <div class="firing-links">
        {host === undefined ? null : (
          <a
            class="button plain"
            href={hostPathAround(host, alert)}
            aria-label={`Dashboard of ${host}`}
            title="Host's dashboard"
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
  const now = tryFormatReading(value ?? toldValueOf(alert), unit);
  const threshold = tryFormatReading(thresholdOf(alert), unit);
  if (now === undefined) return <div class="firing-reading" />;
  return (
    <div class="firing-reading">
      <strong title={value === undefined ? 'as the rule told it last' : 'now'}>{now}</strong>
      {threshold === undefined ? null : <small class="quiet">threshold {threshold}</small>}
    </div>
  );
}
