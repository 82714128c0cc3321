/** `/graph?expr=...&start=...&end=...`: any PromQL over time; messages of alerts link here. */
import { useMemo, useState } from 'preact/hooks';
import { renderProblem } from '../api/problem.ts';
import { Notice } from '../components/notice.tsx';
import { PanelCard } from '../components/panel-card.tsx';
import { graphPanel, graphRange, withGraphRange } from '../dashboard/graph.ts';
import { type RangeTexts, zoomedOut } from '../dashboard/range-words.ts';
import { rangeOf } from '../dashboard/view-state.ts';
import { useStore } from '../hooks/store.ts';
import { useNow } from '../hooks/use-now.ts';
import { useShortcuts } from '../hooks/use-shortcuts.ts';
import { useTitle } from '../hooks/use-title.ts';
import { RangePicker } from '../pickers/range-picker.tsx';
import { useServices } from '../services.ts';

const noSelection = new Map<string, never>();

export function GraphView() {
  const { navigation } = useServices();
  const { query } = useStore(navigation.place);
  const expr = query.get('expr') ?? '';
  useTitle('Graph');
  const { nowMs } = useNow(undefined);
  const times = graphRange(query);
  const show = (next: RangeTexts) => navigation.setQuery(withGraphRange(navigation.place.get().query, next));
  const range = useMemo(() => {
    try {
      return rangeOf(times, Math.max(nowMs, Date.now()));
    } catch (error) {
      return renderProblem(error);
    }
  }, [times.from, times.to, expr, nowMs]);
  const panel = useMemo(() => graphPanel(expr), [expr]);
  if (typeof range === 'string') return <Notice tone="bad" title="The address names no range" text={range} />;
  return (
    <div class="graph">
      <div class="toolbar">
        <h1>Graph</h1>
        <ExpressionForm key={expr} expr={expr} />
        <div class="toolbar-time">
          <GraphRange times={times} range={range} onChoose={show} />
        </div>
      </div>
      {expr === '' ? (
        <Notice title="What shall be drawn?" text="Any PromQL: for instance  avg by (instance) (node_load1)" />
      ) : (
        <div class="grid">
          <PanelCard
            key={expr}
            placed={{ panel, column: 1, row: 1 }}
            moment={{ range, selection: noSelection, asked: 0 }}
            marks={[]}
            syncKey="graph"
            onZoom={(fromMs, toMs) => show({ from: String(fromMs), to: String(toMs) })}
            onZoomOut={() => show(zoomedOut(range, Date.now()))}
          />
        </div>
      )}
    </div>
  );
}

interface GraphRangeProps {
  readonly times: RangeTexts;
  readonly range: Parameters<typeof zoomedOut>[0];
  readonly onChoose: (next: RangeTexts) => void;
}

function GraphRange({ times, range, onChoose }: GraphRangeProps) {
  const [isOpen, setOpen] = useState(false);
  useShortcuts([{ keys: 't', label: 'Time range', run: () => setOpen(true) }]);
  return <RangePicker state={times} range={range} isOpen={isOpen} onToggle={setOpen} onChoose={onChoose} />;
}

function ExpressionForm({ expr }: { readonly expr: string }) {
  const { navigation } = useServices();
  const [typed, setTyped] = useState(expr);
  const draw = (event: Event) => {
    event.preventDefault();
    const query = new URLSearchParams(navigation.place.get().query);
    query.set('expr', typed.trim());
    navigation.setQuery(query);
  };
  return (
    <form class="expression" onSubmit={draw}>
      <textarea
        aria-label="PromQL"
        rows={Math.min(Math.max(Math.ceil(typed.length / 90), 1), 6)}
        value={typed}
        spellcheck={false}
        onInput={(event) => setTyped(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && !event.shiftKey) draw(event);
        }}
      />
      <button class="primary">Draw</button>
    </form>
  );
}
