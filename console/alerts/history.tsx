/** The history as a table; on a narrow screen each alert is a card. */
import { alertPath, hostPath } from '../../../common/page/paths.ts';
import type { Episode } from '../../api/alerts.ts';
import { Icon, type IconName } from '../../components/icon.tsx';
import { Moment } from '../../components/moment.tsx';
import { formatSpan } from '../../format/durations.ts';
import { tellingLabels, thresholdOf, toldValueOf, tryFormatReading, unitOf } from '../alert-value.ts';
import { type Fate, fatesOf, fateWords } from '../delivery-status.ts';
import { LabelList } from '../label-list.tsx';
import { SeverityMark } from '../severity-mark.tsx';

export interface HistoryTableProps {
  readonly episodes: readonly Episode[];
  readonly nowMs: number;
}

export function HistoryTable({ episodes, nowMs }: HistoryTableProps) {
  return (
    <table class="data-table stacking card">
      <caption class="hidden-label">Alerts, newest first</caption>
      <thead>
        <tr>
          <th scope="col">State</th>
          <th scope="col">Severity</th>
          <th scope="col">Alert</th>
          <th scope="col">Host</th>
          <th scope="col">Value</th>
          <th scope="col">Began</th>
          <th scope="col">Lasted</th>
          <th scope="col">Told</th>
        </tr>
      </thead>
      <tbody>
        {episodes.map((episode) => (
          <HistoryRow key={episode.id} episode={episode} nowMs={nowMs} />
        ))}
      </tbody>
    </table>
  );
}

function HistoryRow({ episode, nowMs }: { readonly episode: Episode; readonly nowMs: number }) {
  const { id, rule, state, severity, host, labels, starts_at, ends_at } = episode;
  const telling = tellingLabels(labels);
  const endMs = ends_at === undefined ? nowMs : Date.parse(ends_at);
  return (
    <tr>
      <td data-label="State">
        <StateMark state={state} />
      </td>
      <td data-label="Severity">
        <SeverityMark severity={severity} />
      </td>
      <td data-label="Alert" class="main">
        <a href={alertPath(id)}>{rule}</a>
        {telling.length === 0 ? null : <LabelList labels={telling} />}
      </td>
      <td data-label="Host">{host === undefined ? '–' : <a href={hostPath(host)}>{host}</a>}</td>
      <td data-label="Value">
        <Values episode={episode} />
      </td>
      <td data-label="Began" class="no-wrap">
        <Moment at={starts_at} />
      </td>
      <td data-label="Lasted" class="no-wrap">
        {formatSpan(Math.max(0, endMs - Date.parse(starts_at)))}
      </td>
      <td data-label="Told">
        <Fates episode={episode} />
      </td>
    </tr>
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

/** As last told while firing, and at the end, where they are known. */
function Values({ episode }: { readonly episode: Episode }) {
  const unit = unitOf(episode);
  const told = tryFormatReading(toldValueOf(episode), unit);
  const atEnd = tryFormatReading(episode.value_at_resolve, unit);
  const threshold = tryFormatReading(thresholdOf(episode), unit);
  if (told === undefined) return <>–</>;
  return (
    <span class="no-wrap" title={threshold === undefined ? undefined : `threshold ${threshold}`}>
      {told}
      {atEnd === undefined ? null : <span class="quiet"> → {atEnd}</span>}
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
