/** Renders the card of a panel: title, description, links, and its content, an error or a loading indicator. */
import { Component, type RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { isNotAnswering, outageText, renderProblem } from '../api/problem.ts';
import type { Priority } from '../api/shared-calls.ts';
import { Icon } from '../components/icon.tsx';
import { MenuButton } from '../components/menu-button.tsx';
import { fillLink } from '../dashboard/link.ts';
import type { Panel, PanelLink, Selection } from '../dashboard/model.ts';
import type { PlacedPanel } from '../dashboard/parse-dashboard.ts';
import { type Mark } from '../dashboard/queries/marks.ts';
import { activeRequests, askQuery, type PanelContext, panelRequests } from '../dashboard/queries/panel-queries.ts';
import { formatClock } from '../format/values.ts';
import { useData, useServices, useStore } from '../hooks/services.ts';
import { panelComponents } from './index.ts';
import type { PanelProps } from './panel-props.ts';

interface PanelCardProps {
  readonly placed: PlacedPanel;
  /** Undefined until the variables are evaluated. */
  readonly context: PanelContext | undefined;
  readonly marks: readonly Mark[];
  readonly syncKey: string;
  readonly onZoom: (fromMs: number, toMs: number) => void;
  readonly onZoomOut: () => void;
}

/** Panels this far below the screen are loaded before the user scrolls to them. */
const nearPixels = 200;

export function PanelCard(props: PanelCardProps) {
  const { placed, context, marks, syncKey } = props;
  const { panel, column, row } = placed;
  const card = useRef<HTMLElement>(null);
  const isShown = useVisible(card, 0);
  const isNear = useVisible(card, nearPixels);
  const isAsked = isNear === true && isShown !== undefined; // browsers report the two in any order
  const { data, error, isLoading } = useAnswers(panel, isAsked ? context : undefined, isShown ? 'normal' : 'idle');
  const { api } = useServices();
  const outage = useStore(api.outage);
  const isBusy = outage === undefined && isNear !== false && (!isAsked || context === undefined || isLoading);
  /** The values stay on the screen while a program does not answer. */
  const isOld = data !== undefined && (outage !== undefined || isNotAnswering(error));
  const newest = useRef(props);
  newest.current = props;
  /** Keeps the previous values while variables are evaluated again. */
  const selection = useRef(context?.selection);
  if (context !== undefined) selection.current = context.selection;
  const PanelComponent = panelComponents[panel.type];
  const drawn =
    data === undefined || PanelComponent === undefined || selection.current === undefined ? null : (
      <PanelContent
        panel={panel}
        answers={data.answers}
        range={data.range}
        selection={selection.current}
        marks={marks}
        syncKey={syncKey}
        onZoom={(fromMs, toMs) => newest.current.onZoom(fromMs, toMs)}
        onZoomOut={() => newest.current.onZoomOut()}
      />
    );
  const place = {
    gridColumn: `${column} / span ${panel.grid.w}`,
    gridRow: `${row} / span ${panel.grid.h}`,
    '--height': String(panel.grid.h),
  };
  const words =
    PanelComponent === undefined
      ? `Panel type ${panel.type} is not supported`
      : error === undefined || isOld || outage !== undefined
        ? undefined
        : renderProblem(error);
  return (
    <section
      ref={card}
      class={`panel type-${panel.type}`}
      style={place}
      aria-label={panel.title}
      aria-busy={isBusy}
      data-panel={panel.id}
    >
      <header class="panel-head">
        <h3 title={panel.title}>{panel.title}</h3>
        {panel.description === '' ? null : <PanelInfo title={panel.title} text={panel.description} />}
        {isOld ? <OldMark timeMs={data.range.toMs} /> : null}
        <PanelLinks links={panel.links} selection={selection.current} />
      </header>
      {isBusy ? <div class="panel-progress" /> : null}
      <div class={isOld ? 'panel-body old' : 'panel-body'}>
        {words !== undefined ? <PanelError words={words} /> : null}
        {words === undefined ? drawn : null}
        {words === undefined && data === undefined ? (
          isBusy ? (
            <p class="panel-empty panel-loading">Loading…</p>
          ) : outage === undefined ? null : (
            <p class="panel-empty">{outageText(outage)}</p>
          )
        ) : null}
      </div>
    </section>
  );
}

/**
 * Returns the answers to the panel's requests. Without a context, sends no queries and keeps the previous answers, with the range
 * that they belong to.
 */
function useAnswers(panel: Panel, context: PanelContext | undefined, priority: Priority) {
  const { promql } = useServices();
  const newest = useRef(context);
  if (context !== undefined) newest.current = context;
  const at = newest.current;
  const requests = at === undefined ? [] : activeRequests(panelRequests(panel, at));
  const key = at === undefined ? undefined : JSON.stringify([at.refreshCount, requests]);
  return useData(key, async (signal) => {
    const answers = await Promise.all(requests.map((request) => askQuery(promql, request, { signal, priority })));
    return { answers, range: at?.range ?? { fromMs: 0, toMs: 1 } };
  });
}

const drawnFrom = ['panel', 'answers', 'range', 'selection', 'marks', 'syncKey'] as const;

class PanelContent extends Component<PanelProps> {
  override shouldComponentUpdate(next: PanelProps): boolean {
    return drawnFrom.some((name) => next[name] !== this.props[name]);
  }

  override render() {
    const PanelComponent = panelComponents[this.props.panel.type];
    return PanelComponent === undefined ? null : <PanelComponent {...this.props} />;
  }
}

function OldMark({ timeMs }: { readonly timeMs: number }) {
  return (
    <span class="old-mark">
      <Icon name="clock" /> Old {formatClock(timeMs)}
    </span>
  );
}

function PanelError({ words }: { readonly words: string }) {
  return (
    <div class="panel-error" role="alert">
      <Icon name="warning" />
      <p>{words}</p>
    </div>
  );
}

function PanelInfo({ title, text }: { readonly title: string; readonly text: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <MenuButton label={`About ${title}`} face={<Icon name="info" />} isOpen={isOpen} onToggle={setOpen}>
      <p class="panel-about">{text}</p>
    </MenuButton>
  );
}

interface PanelLinksProps {
  readonly links: readonly PanelLink[];
  readonly selection: Selection | undefined;
}

function PanelLinks({ links, selection }: PanelLinksProps) {
  const { navigation } = useServices();
  const { query } = useStore(navigation.address);
  if (links.length === 0 || selection === undefined) return null;
  return (
    <nav class="panel-links" aria-label="More">
      {links.map(({ title, url }) => (
        <a key={title} href={fillLink(url, { query, selection, labels: {}, fields: {} })} title={`More: ${title}`}>
          <span>{title}</span> →
        </a>
      ))}
    </nav>
  );
}

/** Returns whether the element is on the screen. `marginPixels` extends the screen above and below. Returns undefined until observed. */
function useVisible(element: RefObject<Element | null>, marginPixels: number): boolean | undefined {
  const [isVisible, setVisible] = useState<boolean | undefined>(undefined);
  useLayoutEffect(() => {
    if (element.current === null) return;
    const observer = new IntersectionObserver((entries) => setVisible(entries.at(-1)?.isIntersecting === true), {
      rootMargin: `${marginPixels}px 0px`,
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element, marginPixels]);
  return isVisible;
}
