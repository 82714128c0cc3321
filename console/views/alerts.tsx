/** `/alerts`: what fires now, and what fired. */
import { useMemo } from 'preact/hooks';
import { FilterBar } from '../alerts/filters/filter-bar.tsx';
import { readFilters, renderHistoryPath, withFilters } from '../alerts/filters/filters.ts';
import { useNames } from '../alerts/filters/use-names.ts';
import { filterFiring, type GroupBy, groupFiring, joinEpisodes } from '../alerts/firing/firing.ts';
import { FiringList } from '../alerts/firing/firing-list.tsx';
import { useValues } from '../alerts/firing/use-values.ts';
import { HistoryPages } from '../alerts/history/history-pages.tsx';
import { type ActiveAlerts, activePath, type HistoryPage, historyPath } from '../api/alerts.ts';
import { ViewHead } from '../components/frame/view-head.tsx';
import { Icon } from '../components/icon.tsx';
import { Loading } from '../components/loading.tsx';
import { ProblemNote } from '../components/problem-note.tsx';
import { useStore } from '../hooks/store.ts';
import { useData } from '../hooks/use-data.ts';
import { useRefresh } from '../hooks/use-refresh.ts';
import { RefreshControl } from '../pickers/refresh-control.tsx';
import { useServices } from '../services.ts';

export function AlertsView() {
  const { api, navigation } = useServices();
  const { query } = useStore(navigation.place);
  const refresh = useRefresh();
  const { nowMs } = refresh;
  const filters = readFilters(query);
  const by: GroupBy = query.get('group') === 'host' ? 'host' : 'rule';

  const firing = useData(`firing ${nowMs}`, async (signal) => {
    const [{ alerts }, open] = await Promise.all([
      api.get<ActiveAlerts>(activePath(), { signal }),
      api.get<HistoryPage>(`${historyPath}?state=firing&limit=1000`, { signal }),
    ]);
    return joinEpisodes(alerts, open.alerts);
  });
  const history = useData(`history ${nowMs} ${query}`, (signal) =>
    api.get<HistoryPage>(renderHistoryPath(filters, nowMs), { signal }),
  );
  const shown = useMemo(() => filterFiring(firing.data ?? [], filters), [firing.data, String(query)]);
  const groups = useMemo(() => groupFiring(shown, by), [shown, by]);
  const values = useValues(shown, nowMs);
  const names = useNames(firing.data, history.data?.alerts);

  return (
    <>
      <ViewHead title="Alerts">
        <RefreshControl state={refresh} onRefresh={refresh.refresh} />
      </ViewHead>
      <FilterBar
        filters={filters}
        {...names}
        onChange={(changes) => navigation.setQuery(withFilters(query, changes))}
      />
      {filters.state === 'resolved' ? null : (
        <section aria-labelledby="firing-title" class="part">
          <div class="part-head">
            <h2 id="firing-title">
              Firing now <span class="count">{firing.data === undefined ? '' : shown.length}</span>
            </h2>
            <GroupButtons by={by} onPick={(next) => navigation.setQuery(withGroup(query, next), 'replace')} />
          </div>
          {firing.error === undefined ? null : (
            <ProblemNote title="What fires now cannot be told" error={firing.error} />
          )}
          {firing.data === undefined ? (
            firing.error === undefined ? (
              <Loading what="alerts" />
            ) : null
          ) : shown.length === 0 ? (
            <Quiet all={firing.data.length} />
          ) : (
            <FiringList groups={groups} by={by} values={values} nowMs={nowMs} />
          )}
        </section>
      )}
      <HistoryPages
        history={history}
        filters={filters}
        nowMs={nowMs}
        onPage={(cursor) => navigation.setQuery(withFilters(query, { cursor }))}
      />
    </>
  );
}

function withGroup(query: URLSearchParams, by: GroupBy): URLSearchParams {
  const next = new URLSearchParams(query);
  if (by === 'rule') next.delete('group');
  else next.set('group', by);
  return next;
}

/** Nothing fires, or nothing that the filters let through. */
function Quiet({ all }: { readonly all: number }) {
  return (
    <div class="card all-quiet" role="status">
      <Icon name="check" />
      {all === 0 ? 'Nothing fires.' : `None of the ${all} alerts that fire fits the filters.`}
    </div>
  );
}

function GroupButtons({ by, onPick }: { readonly by: GroupBy; readonly onPick: (by: GroupBy) => void }) {
  return (
    <div class="button-group" role="group" aria-label="Grouped">
      {(['rule', 'host'] as const).map((each) => (
        <button key={each} type="button" aria-pressed={by === each} onClick={() => onPick(each)}>
          by {each}
        </button>
      ))}
    </div>
  );
}
