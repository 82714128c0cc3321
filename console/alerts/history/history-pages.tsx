/** The history, page by page. */
import type { HistoryPage } from '../../api/alerts.ts';
import { Icon } from '../../components/icon.tsx';
import { Loading } from '../../components/loading.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import type { Loaded } from '../../hooks/use-data.ts';
import { type Filters, isFiltered } from '../filters/filters.ts';
import { HistoryTable } from './history-table.tsx';

export interface HistoryPagesProps {
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
      {error === undefined ? null : <ProblemNote title="The history cannot be shown" error={error} />}
      {data === undefined ? (
        error === undefined ? (
          <Loading what="history" />
        ) : null
      ) : data.alerts.length === 0 ? (
        <div class="card all-quiet">
          {isFiltered(filters) ? 'No alert fits the filters.' : 'No alert has fired since the history began.'}
        </div>
      ) : (
        <HistoryTable episodes={data.alerts} nowMs={nowMs} />
      )}
      {filters.cursor === undefined && data?.next_cursor === undefined ? null : (
        <nav class="pages" aria-label="Pages of the history">
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
