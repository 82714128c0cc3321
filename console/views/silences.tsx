/** Renders the view `/silences`: active, pending and expired silences. */
import { silencesPath } from '../../common/page/paths.ts';
import { type SilenceList, type SilenceState, silencesApiPath } from '../api/silences.ts';
import { Icon } from '../components/icon.tsx';
import { LoadStatus, ReadOnly } from '../components/notices.tsx';
import { ViewHead } from '../components/view-head.tsx';
import { useGet, useServices, useSession, useShortcuts, useStore } from '../hooks/services.ts';
import { RefreshControl, useRefresh } from '../pickers/refresh-control.tsx';
import { SilenceCard } from '../silences/silence-card.tsx';

const titles: Readonly<Record<SilenceState, string>> = { active: 'Active', pending: 'Pending', expired: 'Expired' };

export function SilencesView() {
  const { navigation } = useServices();
  const { query } = useStore(navigation.address);
  const session = useSession();
  const refresh = useRefresh();
  const showsExpired = query.get('expired') !== null;
  const path = `${silencesApiPath}?state=active&state=pending${showsExpired ? '&state=expired' : ''}`;
  const { data, error } = useGet<SilenceList>(path, refresh.nowMs);
  const create = `${silencesPath}/new`;
  useShortcuts([{ keys: 'n', label: 'Create silence', run: () => navigation.go(create) }]);
  const toggle = () => navigation.change({ expired: showsExpired ? undefined : '' }, 'replace');
  const byState = Map.groupBy(data?.silences ?? [], ({ state }) => state);
  return (
    <>
      <ViewHead title="Silences">
        <button type="button" aria-pressed={showsExpired} onClick={toggle}>
          Show expired
        </button>
        <a class="button primary" href={create}>
          <Icon name="plus" /> Create silence
        </a>
        <RefreshControl state={refresh} onRefresh={refresh.refresh} />
      </ViewHead>
      {session?.may_write === false ? <ReadOnly what="silences" /> : null}
      <LoadStatus data={data} error={error} what="the silences" />
      {data !== undefined && data.silences.length === 0 ? (
        <p class="card empty-note">
          <Icon name="bell" /> {showsExpired ? 'No silences' : 'No active silences'}
        </p>
      ) : null}
      {(['active', 'pending', 'expired'] as const).map((state) => {
        const silences = byState.get(state) ?? [];
        if (silences.length === 0) return null;
        return (
          <section class="part" key={state} aria-labelledby={`${state}-title`}>
            <h2 id={`${state}-title`}>
              {titles[state]} <span class="count">{silences.length}</span>
            </h2>
            <ul class="cards">
              {silences.map((silence) => (
                <SilenceCard
                  key={silence.id}
                  silence={silence}
                  nowMs={refresh.nowMs}
                  mayWrite={session?.may_write === true}
                  onChanged={refresh.refresh}
                />
              ))}
            </ul>
          </section>
        );
      })}
    </>
  );
}
