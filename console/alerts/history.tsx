/** Renders the alert history: a table with pages. On a narrow screen each alert is a card. */
import { alertPath, hostPath } from '../../common/page/paths.ts';
import type { Episode, HistoryPage } from '../api/alerts.ts';
import { Icon } from '../components/icon.tsx';
import { LoadStatus } from '../components/notices.tsx';
import { Timestamp } from '../components/timestamp.tsx';
import { formatSpan } from '../format/values.ts';
import { type Loaded } from '../hooks/services.ts';
import { distinctLabels, reportedValueOf, thresholdOf, tryFormatValue, unitOf } from './alert-value.ts';
import { Deliveries, LabelList, SeverityBadge, StateBadge } from './badges.tsx';
import { type Filters, isFiltered } from './filters.ts';

interface HistoryTableProps {
  readonly episodes: readonly Episode[];
  readonly nowMs: number;
}

function HistoryTable({ episodes, nowMs }: HistoryTableProps) {
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
          <th scope="col">Started</th>
          <th scope="col">Duration</th>
          <th scope="col">Notifications</th>
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
  const telling = distinctLabels(labels);
  const endMs = ends_at === undefined ? nowMs : Date.parse(ends_at);
  return (
    <tr>
      <td data-label="State">
        <StateBadge state={state} />
      </td>
      <td data-label="Severity">
        <SeverityBadge severity={severity} />
      </td>
      <td data-label="Alert" class="main">
        <a href={alertPath(id)}>{rule}</a>
        {telling.length === 0 ? null : <LabelList labels={telling} />}
      </td>
      <td data-label="Host">{host === undefined ? '–' : <a href={hostPath(host)}>{host}</a>}</td>
      <td data-label="Value">
        <Values episode={episode} />
      </td>
      <td data-label="Started" class="no-wrap">
        <Timestamp at={starts_at} />
      </td>
      <td data-label="Duration" class="no-wrap">
        {formatSpan(Math.max(0, endMs - Date.parse(starts_at)))}
      </td>
      <td data-label="Notifications">
        <Deliveries episode={episode} />
      </td>
    </tr>
  );
}

/** Renders the value last reported while firing, and the value at the end, if known. */
function Values({ episode }: { readonly episode: Episode }) {
  const unit = unitOf(episode);
  const reported = tryFormatValue(reportedValueOf(episode), unit);
  const atEnd = tryFormatValue(episode.value_at_resolve, unit);
  const threshold = tryFormatValue(thresholdOf(episode), unit);
  if (reported === undefined) return <>–</>;
  return (
    <span class="no-wrap" title={threshold === undefined ? undefined : `threshold ${threshold}`}>
      {reported}
      {atEnd === undefined ? null : <span class="secondary"> → {atEnd}</span>}
    </span>
  );
}

interface HistoryPagesProps {
  readonly history: Loaded<HistoryPage>;
  readonly filters: Filters;
  readonly nowMs: number;
  /** Undefined: the first page. */
  readonly onPage: (cursor: string | undefined) => void;
}

export function HistoryPages({ history, filters, nowMs, onPage }: HistoryPagesProps) {
  const { data, error } = history;
  return (
    <section aria-labelledby="history-title" class="part" aria-busy={history.isLoading}>
      <div class="part-head">
        <h2 id="history-title">History</h2>
      </div>
      <LoadStatus data={data} error={error} what="the history" />
      {data === undefined ? null : data.alerts.length === 0 ? (
        <div class="card empty-note">{isFiltered(filters) ? 'No matching alerts' : 'No alerts yet'}</div>
      ) : (
        <HistoryTable episodes={data.alerts} nowMs={nowMs} />
      )}
      {filters.cursor === undefined && data?.next_cursor === undefined ? null : (
        <nav class="pages" aria-label="History pages">
          <button type="button" disabled={filters.cursor === undefined} onClick={() => onPage(undefined)}>
            Newest
          </button>
          <button type="button" disabled={data?.next_cursor === undefined} onClick={() => onPage(data?.next_cursor)}>
            Older <Icon name="next" />
          </button>
        </nav>
      )}
    </section>
  );
}
