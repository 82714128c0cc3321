/** Renders the view `/d/<uid>`: a dashboard with the range and the variables of the address. */
import { useMemo, useRef } from 'preact/hooks';
import { isNotAnswering, renderProblem } from '../api/problem.ts';
import { Icon } from '../components/icon.tsx';
import { Notice } from '../components/notices.tsx';
import { useTitle } from '../components/view-head.tsx';
import { boardTitle } from '../dashboard/board-title.ts';
import { type Dashboard, type Selection, type TimeRange } from '../dashboard/model.ts';
import { parseDashboard, sectionsOf } from '../dashboard/parse-dashboard.ts';
import { type FirstSample, firstSampleOf, firstSampleQuery } from '../dashboard/queries/collecting.ts';
import { annotationRequest, type Mark, marksOf } from '../dashboard/queries/marks.ts';
import { askQuery, interpolate, type PanelContext } from '../dashboard/queries/panel-queries.ts';
import { useSelection } from '../dashboard/queries/use-selection.ts';
import { parseViewState, type RangeTexts, rangeOf, type ViewState, zoomedOut } from '../dashboard/view-state.ts';
import { useData, useServices, useSession, useStore } from '../hooks/services.ts';
import { type Now, useNow } from '../hooks/use-now.ts';
import { FirstSampleContext } from '../panels/empty.tsx';
import { PanelCard } from '../panels/panel-card.tsx';
import { Toolbar } from '../pickers/toolbar.tsx';
import type { ViewProps } from '../state/route.ts';

export function DashboardView({ parameters: { uid = '' } }: ViewProps) {
  const session = useSession();
  const { api } = useServices();
  const { data, error } = useData(uid, async (signal) =>
    parseDashboard(await api.get<unknown>(`/page/dashboards/${encodeURIComponent(uid)}`, { signal })),
  );
  if (session?.host !== undefined)
    return <Notice tone="bad" title={`This session is limited to ${session.host}`} text={hostBound} />;
  if (error !== undefined)
    return (
      <Notice
        tone="bad"
        title={`Cannot load dashboard ${uid}`}
        text={renderProblem(error)}
        link={{ path: '/', text: 'Go to the overview' }}
      />
    );
  return data?.uid !== uid ? null : <OpenDashboard key={uid} dashboard={data} />;
}

/** The API refuses PromQL for sessions bound to a host, because an expression can read any series. */
const hostBound = 'Dashboards need access to all hosts. Log in with an API key that is not bound to a host.';

function OpenDashboard({ dashboard }: { readonly dashboard: Dashboard }) {
  const { navigation } = useServices();
  const { path, query } = useStore(navigation.address);
  const state = parseViewState(query, dashboard);
  const now = useNow(state.refreshMs);
  try {
    const range = rangeOf(state, now.nowMs);
    return <Content dashboard={dashboard} state={state} range={range} now={now} />;
  } catch (error) {
    const text = renderProblem(error);
    return <Notice tone="bad" title="Invalid time range" text={text} link={{ path, text: 'Use the default range' }} />;
  }
}

interface ContentProps {
  readonly dashboard: Dashboard;
  readonly state: ViewState;
  readonly range: TimeRange;
  readonly now: Now;
}

function Content({ dashboard, state, range, now }: ContentProps) {
  const { navigation, promql } = useServices();
  const { refreshCount, nowMs } = now;
  const question = { dashboard, state, range, refreshCount };
  const { data: selection, error } = useSelection({ ...question, need: 'choice' });
  const { data: options } = useSelection({ ...question, need: 'options' });
  const title = boardTitle(dashboard, selection);
  useTitle(title.document);
  const context = useMemo(() => {
    if (selection === undefined) return undefined;
    const utcOffsetMs = -new Date(range.toMs).getTimezoneOffset() * 60_000;
    return { range, selection, refreshCount, utcOffsetMs };
  }, [selection, refreshCount, range.fromMs, range.toMs]);
  const sections = useMemo(() => sectionsOf(dashboard.panels), [dashboard]);
  const marks = useMarks(dashboard, context);
  const firstSample = useFirstSample(context, state.to);
  const refresh = () => {
    promql.clear();
    now.refresh();
  };
  const show = (next: RangeTexts) => navigation.change({ from: next.from, to: next.to });
  return (
    <>
      <Toolbar
        title={title.heading}
        dashboard={dashboard}
        state={state}
        selection={options}
        range={range}
        onRefresh={refresh}
      />
      {error === undefined || isNotAnswering(error) ? null : (
        <Notice tone="bad" title="Cannot evaluate the variables" text={renderProblem(error)} />
      )}
      {options === undefined ? null : <MissingHosts selection={options} />}
      <FirstSampleContext.Provider value={firstSample}>
        {sections.map(({ title, panels }, index) => (
          <section class="section" key={index} aria-label={title}>
            {title === undefined ? null : <h2 class="section-title">{title}</h2>}
            <div class="grid">
              {panels.map((placed) => (
                <PanelCard
                  key={placed.panel.id}
                  placed={placed}
                  context={context}
                  marks={marks}
                  syncKey={dashboard.uid}
                  onZoom={(fromMs, toMs) => show({ from: String(fromMs), to: String(toMs) })}
                  onZoomOut={() => show(zoomedOut(range, nowMs))}
                />
              ))}
            </div>
          </section>
        ))}
      </FirstSampleContext.Provider>
    </>
  );
}

const noMarks: readonly Mark[] = [];

/** Returns the starts of alerts within the range, empty until loaded. The priority is high because all charts need them. */
function useMarks({ annotations }: Dashboard, context: PanelContext | undefined): readonly Mark[] {
  const { promql } = useServices();
  const requests = context === undefined ? [] : annotations.map((each) => annotationRequest(each, context));
  const key = context === undefined ? undefined : JSON.stringify([context.refreshCount, requests]);
  const last = useRef(noMarks);
  const { data } = useData(key, async (signal) => {
    const caller = { signal, priority: 'high' } as const;
    const answers = await Promise.all(requests.map((request) => askQuery(promql, request, caller)));
    const marks = answers.flatMap((answer, index) => {
      const annotation = annotations[index];
      return answer.kind === 'range' && annotation !== undefined ? marksOf(annotation, answer.series) : [];
    });
    // Keeps the object if nothing changed: a new one would redraw every panel.
    if (JSON.stringify(marks) !== JSON.stringify(last.current)) last.current = marks;
    return last.current;
  });
  return data ?? noMarks;
}

/** Queries the first sample of the selected hosts until they are not new any more. */
function useFirstSample(context: PanelContext | undefined, to: string): FirstSample | undefined {
  const { promql } = useServices();
  const last = useRef<{ readonly query: string; readonly first: FirstSample } | undefined>(undefined);
  const query = context === undefined ? undefined : interpolate(firstSampleQuery, context);
  const isOld = last.current?.query === query && last.current?.first === 'old';
  const nowMs = context?.range.toMs ?? 0;
  const key = query === undefined || isOld || to !== 'now' ? undefined : `${nowMs} ${query}`;
  useData(key, async (signal) => {
    const [sample] = await promql.instant({ query: query ?? '', time: nowMs / 1_000 }, { signal, priority: 'idle' });
    last.current = { query: query ?? '', first: firstSampleOf(sample && Number(sample.value[1]), nowMs) };
    return last.current;
  });
  return last.current?.query === query && to === 'now' ? last.current?.first : undefined;
}

const maxNames = 5;

function MissingHosts({ selection }: { readonly selection: Selection }) {
  const instance = selection.get('instance');
  if (instance === undefined || instance.selected === 'all') return null;
  const missing = instance.selected.filter((host) => !instance.options.includes(host));
  if (missing.length === 0) return null;
  const names = missing.slice(0, maxNames).join(', ');
  const more = missing.length > maxNames ? ` and ${missing.length - maxNames} more` : '';
  return (
    <p class="strip" role="status">
      <Icon name="warning" /> No data from {names}
      {more} in this time range. Check the name, and whether the host still sends data.
    </p>
  );
}
