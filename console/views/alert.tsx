/** Renders the view `/alerts/<id>`: one episode of an alert. Messages link to it. */
import { alertsPath, rulesPath } from '../../common/page/paths.ts';
import { runbookOf } from '../alerts/alert-value.ts';
import { LabelList } from '../alerts/badges.tsx';
import { EpisodeFacts, Fact, TimelineList } from '../alerts/episode/episode-facts.tsx';
import { EpisodeGraph } from '../alerts/episode/episode-graph.tsx';
import { timelineOf } from '../alerts/episode/timeline.ts';
import { hostPathAround, marginMs, silencePathOf, tryGraphPath } from '../alerts/links.ts';
import { type ActiveAlerts, activePath, type Episode, type HistoryPage, historyPath } from '../api/alerts.ts';
import { renderProblem } from '../api/problem.ts';
import { Icon } from '../components/icon.tsx';
import { Loading, Notice } from '../components/notices.tsx';
import { ViewHead } from '../components/view-head.tsx';
import { zoomedOut } from '../dashboard/view-state.ts';
import { useGet, useServices, useSession, useStore } from '../hooks/services.ts';
import { type Refresh, RefreshControl, useRefresh } from '../pickers/refresh-control.tsx';
import type { ViewProps } from '../state/route.ts';

/** Annotations shown elsewhere on the page. */
const shownAbove: readonly string[] = ['summary', 'description'];

const toAlerts = { path: alertsPath, text: 'Show all alerts' };

export function AlertView({ parameters: { id = '' } }: ViewProps) {
  const refresh = useRefresh();
  const { data, error } = useGet<HistoryPage>(`${historyPath}?id=${encodeURIComponent(id)}`, refresh.nowMs);
  const episode = data?.alerts[0];
  if (error !== undefined)
    return <Notice tone="bad" title="Cannot load the alert" text={renderProblem(error)} link={toAlerts} />;
  if (data === undefined) return <Loading what="the alert" />;
  if (episode === undefined || String(episode.id) !== id)
    return (
      <Notice
        title={`Alert ${id} not found`}
        text="It may be past the retention of the history, or belong to a host that this session cannot see."
        link={toAlerts}
      />
    );
  return <EpisodePage key={id} episode={episode} refresh={refresh} />;
}

function EpisodePage({ episode, refresh }: { readonly episode: Episode; readonly refresh: Refresh }) {
  const { navigation } = useServices();
  const { query } = useStore(navigation.address);
  const session = useSession();
  const { rule, host, labels, annotations, starts_at, ends_at } = episode;
  const isFiring = episode.state === 'firing';
  const activeOfRule = activePath([`alertname=${JSON.stringify(rule)}`]);
  const { data: active } = useGet<ActiveAlerts>(isFiring ? activeOfRule : undefined, refresh.nowMs);
  const now = active?.alerts.find(({ fingerprint }) => fingerprint === episode.fingerprint);
  const graph = tryGraphPath(episode);
  const runbook = runbookOf(episode);
  const around = {
    fromMs: Number(query.get('from') ?? Date.parse(starts_at) - marginMs),
    toMs: Number(
      query.get('to') ?? Math.min(refresh.nowMs, ends_at === undefined ? Infinity : Date.parse(ends_at) + marginMs),
    ),
  };
  const range = around.toMs > around.fromMs ? around : { ...around, toMs: around.fromMs + 60_000 };
  return (
    <>
      <ViewHead title={host === undefined ? rule : `${rule} on ${host}`} parent={{ title: 'Alerts', path: alertsPath }}>
        <RefreshControl state={refresh} onRefresh={refresh.refresh} />
      </ViewHead>
      <EpisodeFacts episode={episode} active={now} nowMs={refresh.nowMs} />
      <nav class="link-row" aria-label="Alert actions">
        {isFiring ? (
          <a class="button primary" href={silencePathOf(labels)}>
            <Icon name="mute" /> Silence
          </a>
        ) : null}
        <a class="button" href={`${rulesPath}?${new URLSearchParams({ name: rule })}`}>
          <Icon name="bell" /> Show rule
        </a>
        {host === undefined ? null : (
          <a class="button" href={hostPathAround(host, episode)}>
            <Icon name="server" /> Show {host}
          </a>
        )}
        {graph === undefined ? null : (
          <a class="button" href={graph}>
            <Icon name="pulse" /> Show graph
          </a>
        )}
        {runbook === undefined ? null : (
          <a class="button" href={runbook} rel="noreferrer" target="_blank">
            <Icon name="link" /> Open runbook
          </a>
        )}
        <a
          class="button"
          href={`${alertsPath}?${new URLSearchParams({ rule, ...(host === undefined ? {} : { host }) })}`}
        >
          <Icon name="clock" /> Show history
        </a>
      </nav>
      <section class="part card graph-card" aria-label="Graph">
        {session === undefined ? (
          <Loading what="the graph" />
        ) : (
          <EpisodeGraph
            episode={episode}
            session={session}
            range={range}
            nowMs={refresh.nowMs}
            onZoom={(fromMs, toMs) => navigation.change({ from: String(fromMs), to: String(toMs) })}
            onZoomOut={() => {
              const { from, to } = zoomedOut(range, refresh.nowMs);
              navigation.change({ from, to: to === 'now' ? undefined : to });
            }}
          />
        )}
      </section>
      <div class="columns">
        <section class="part" aria-labelledby="timeline-title">
          <h2 id="timeline-title">Timeline</h2>
          <div class="card padded">
            <TimelineList events={timelineOf(episode)} />
            {episode.notifications.length === 0 ? <p class="secondary">Notifications: none sent yet</p> : null}
          </div>
        </section>
        <section class="part" aria-labelledby="labels-title">
          <h2 id="labels-title">Labels</h2>
          <div class="card padded">
            <LabelList labels={Object.entries(labels)} />
            <dl class="facts narrow">
              {Object.entries(annotations)
                .filter(([name]) => !shownAbove.includes(name))
                .map(([name, text]) => (
                  <Fact key={name} name={name}>
                    {name === 'expr' ? <code>{text}</code> : text}
                  </Fact>
                ))}
            </dl>
          </div>
        </section>
      </div>
    </>
  );
}
