/** Renders the view `/alerts`: firing alerts and the history. */
import { useMemo } from 'preact/hooks';
import { FilterBar, useNames } from '../alerts/filter-bar.tsx';
import { filterChanges, isFiltered, parseFilters, renderHistoryPath } from '../alerts/filters.ts';
import { filterFiring, type GroupBy, groupFiring, joinEpisodes } from '../alerts/firing.ts';
import { FiringList } from '../alerts/firing-list.tsx';
import { HistoryPages } from '../alerts/history.tsx';
import { useCurrentValues } from '../alerts/use-current-values.ts';
import { type WatchdogState, watchdogState } from '../alerts/watchdog.ts';
import { type ActiveAlerts, activePath, type HistoryPage, historyPath } from '../api/alerts.ts';
import { Icon } from '../components/icon.tsx';
import { LoadStatus, ProblemNote } from '../components/notices.tsx';
import { ViewHead } from '../components/view-head.tsx';
import { useData, useServices, useStore } from '../hooks/services.ts';
import { RefreshControl, useRefresh } from '../pickers/refresh-control.tsx';

export function AlertsView() {
  const { api, navigation } = useServices();
  const { query } = useStore(navigation.address);
  const refresh = useRefresh();
  const { nowMs } = refresh;
  const filters = parseFilters(query);
  const by: GroupBy = query.get('group') === 'host' ? 'host' : 'rule';

  const firing = useData(`firing ${nowMs}`, async (signal) => {
    const [{ alerts, time, watchdog_received_at: watchdogAt }, open] = await Promise.all([
      api.get<ActiveAlerts>(activePath(), { signal }),
      api.get<HistoryPage>(`${historyPath}?state=firing&limit=1000`, { signal }),
    ]);
    return { alerts: joinEpisodes(alerts, open.alerts), watchdog: watchdogState(watchdogAt, time) };
  });
  const history = useData(`history ${nowMs} ${query}`, (signal) =>
    api.get<HistoryPage>(renderHistoryPath(filters, nowMs), { signal }),
  );
  const shown = useMemo(() => filterFiring(firing.data?.alerts ?? [], filters), [firing.data, String(query)]);
  const groups = useMemo(() => groupFiring(shown, by), [shown, by]);
  const values = useCurrentValues(shown, nowMs);
  const names = useNames(firing.data?.alerts, history.data?.alerts);

  return (
    <>
      <ViewHead title="Alerts">
        <RefreshControl state={refresh} onRefresh={refresh.refresh} />
      </ViewHead>
      <FilterBar filters={filters} {...names} onChange={(changes) => navigation.change(filterChanges(changes))} />
      {filters.state === 'resolved' ? null : (
        <section aria-labelledby="firing-title" class="part">
          <div class="part-head">
            <h2 id="firing-title">
              Firing alerts <span class="count">{firing.data === undefined ? '' : shown.length}</span>
            </h2>
            <GroupButtons
              by={by}
              onPick={(next) => navigation.change({ group: next === 'rule' ? undefined : next }, 'replace')}
            />
          </div>
          <LoadStatus {...firing} what="the firing alerts" />
          {firing.data !== undefined && shown.length > 0 && !firing.data.watchdog.isHealthy ? (
            <ProblemNote title="Alerts may be missing" text={firing.data.watchdog.text} />
          ) : null}
          {firing.data === undefined ? null : shown.length === 0 ? (
            <NoFiringAlerts isFiltered={isFiltered(filters)} watchdog={firing.data.watchdog} />
          ) : (
            <FiringList groups={groups} by={by} values={values} nowMs={nowMs} />
          )}
        </section>
      )}
      <HistoryPages
        history={history}
        filters={filters}
        nowMs={nowMs}
        onPage={(cursor) => navigation.change({ cursor })}
      />
    </>
  );
}

interface NoFiringAlertsProps {
  readonly isFiltered: boolean;
  readonly watchdog: WatchdogState;
}

function NoFiringAlerts({ isFiltered: hasFilters, watchdog }: NoFiringAlertsProps) {
  if (!watchdog.isHealthy)
    return <ProblemNote title="No firing alerts, but alerts may be missing" text={watchdog.text} />;
  return (
    <div class="card empty-note" role="status">
      <Icon name="check" /> {hasFilters ? 'No firing alerts match the filters.' : 'No firing alerts.'} {watchdog.text}
    </div>
  );
}

function GroupButtons({ by, onPick }: { readonly by: GroupBy; readonly onPick: (by: GroupBy) => void }) {
  return (
    <div class="button-group" role="group" aria-label="Group by">
      {(['rule', 'host'] as const).map((each) => (
        <button key={each} type="button" aria-pressed={by === each} onClick={() => onPick(each)}>
          By {each}
        </button>
      ))}
    </div>
  );
}
