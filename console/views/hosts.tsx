/** Renders the view `/hosts`: all hosts. Hosts that are down come first. */
import { hostPath } from '../../common/page/paths.ts';
import { Badge } from '../alerts/badges.tsx';
import { type Host, type HostList, hostsApiPath, hostsIn } from '../api/hosts.ts';
import { Icon } from '../components/icon.tsx';
import { LoadStatus } from '../components/notices.tsx';
import { Timestamp } from '../components/timestamp.tsx';
import { ViewHead } from '../components/view-head.tsx';
import { useGet, useServices, useStore } from '../hooks/services.ts';
import { RefreshControl, useRefresh } from '../pickers/refresh-control.tsx';
import { ServerUsage } from '../server/server-usage.tsx';

const empty = { up: 'No hosts are up', down: 'No hosts are down', all: 'No hosts yet' } as const;

export function HostsView() {
  const { navigation } = useServices();
  const { query } = useStore(navigation.address);
  const refresh = useRefresh();
  const asked = query.get('state');
  const state = asked === 'up' || asked === 'down' ? asked : undefined;
  const { data, error } = useGet<HostList>(hostsApiPath, refresh.nowMs);
  const hosts = data === undefined ? [] : hostsIn(data.hosts, state);
  return (
    <>
      <ViewHead title={state === undefined ? 'Hosts' : `Hosts ${state}`}>
        <div class="button-group" role="group" aria-label="State">
          {(['down', 'up'] as const).map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={state === each}
              onClick={() => navigation.change({ state: state === each ? undefined : each }, 'replace')}
            >
              {each}
            </button>
          ))}
        </div>
        <RefreshControl state={refresh} onRefresh={refresh.refresh} />
      </ViewHead>
      <LoadStatus data={data} error={error} what="the hosts" />
      {data === undefined ? null : hosts.length === 0 ? (
        <p class="card empty-note">
          <Icon name="check" /> {empty[state ?? 'all']}
        </p>
      ) : (
        <HostTable hosts={hosts} nowMs={refresh.nowMs} />
      )}
      {state === undefined && <ServerUsage nowMs={refresh.nowMs} />}
    </>
  );
}

function HostTable({ hosts, nowMs }: { readonly hosts: readonly Host[]; readonly nowMs: number }) {
  return (
    <table class="data-table stacking card">
      <caption class="hidden-label">Hosts, those that are down first</caption>
      <thead>
        <tr>
          <th scope="col">State</th>
          <th scope="col">Host</th>
          <th scope="col">Last sample</th>
          <th scope="col">System</th>
          <th scope="col">Exporter</th>
        </tr>
      </thead>
      <tbody>
        {hosts.map(({ host, up, last_seen: lastSeen, os, version, mode }) => (
          <tr key={host}>
            <td data-label="State">
              <Badge tone={up ? 'good' : 'firing'} icon={up ? 'check' : 'warning'}>
                {up ? 'up' : 'down'}
              </Badge>
            </td>
            <td data-label="Host" class="main">
              <a href={hostPath(host)}>{host}</a>
            </td>
            <td data-label="Last sample">
              {lastSeen === undefined ? 'more than a day ago' : <Timestamp at={lastSeen} nowMs={nowMs} />}
            </td>
            <td data-label="System">{os ?? '–'}</td>
            <td data-label="Exporter">{version ?? (mode === 'push' ? 'pushes' : 'scraped')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
