/** Renders the view `/graph?expr=...`: the graph of an expression. Messages link to it. */
import { useState } from 'preact/hooks';
import { alertsPath } from '../../common/page/paths.ts';
import { renderProblem } from '../api/problem.ts';
import { codeInput, TextField } from '../components/field.tsx';
import { Notice } from '../components/notices.tsx';
import { ViewHead } from '../components/view-head.tsx';
import { type RangeTexts, rangeOf, zoomedOut } from '../dashboard/view-state.ts';
import { graphRange, graphRangeChanges, guessUnit } from '../graph/graph-address.ts';
import { ExpressionGraph } from '../graph/time-chart.tsx';
import { useServices, useSession, useShortcuts, useStore } from '../hooks/services.ts';
import { RangePicker } from '../pickers/range-picker.tsx';
import { RefreshControl, useRefresh } from '../pickers/refresh-control.tsx';

export function GraphView() {
  const { navigation } = useServices();
  const { path, query } = useStore(navigation.address);
  const session = useSession();
  const refresh = useRefresh();
  const [isOpen, setOpen] = useState(false);
  const expr = query.get('expr') ?? '';
  const times = graphRange(query);
  const show = (next: RangeTexts) => navigation.change(graphRangeChanges(next));
  useShortcuts([{ keys: 't', label: 'Time range', run: () => setOpen(true) }]);
  const range = tryRange(times, refresh.nowMs);
  if (typeof range === 'string')
    return (
      <Notice
        tone="bad"
        title="Invalid time range"
        text={range}
        link={{ path: `${path}?${new URLSearchParams({ expr: expr })}`, text: 'Show the last hour' }}
      />
    );
  if (session?.host !== undefined)
    return (
      <Notice
        title="Graphs are not available"
        text={`This session is limited to ${session.host}, and PromQL reads the series of all hosts.`}
        link={{ path: alertsPath, text: 'Show alerts' }}
      />
    );
  return (
    <>
      <ViewHead title="Graph">
        <RangePicker state={times} range={range} isOpen={isOpen} onToggle={setOpen} onChoose={show} />
        <RefreshControl state={refresh} onRefresh={refresh.refresh} />
      </ViewHead>
      <ExpressionForm key={expr} expr={expr} onShow={(typed) => navigation.change({ expr: typed.trim() })} />
      {expr.trim() === '' ? (
        <p class="card empty-note">
          Enter an expression such as <code>up</code> or <code>rate(node_network_receive_bytes_total[1m])</code>.
        </p>
      ) : (
        <section class="card graph-card" aria-label="Graph">
          <ExpressionGraph
            expr={expr}
            range={range}
            unit={guessUnit(expr)}
            onZoom={(fromMs, toMs) => show({ from: String(fromMs), to: String(toMs) })}
            onZoomOut={() => show(zoomedOut(range, refresh.nowMs))}
          />
        </section>
      )}
    </>
  );
}

function tryRange(times: RangeTexts, nowMs: number) {
  try {
    return rangeOf(times, nowMs);
  } catch (error) {
    return renderProblem(error);
  }
}

function ExpressionForm({ expr, onShow }: { readonly expr: string; readonly onShow: (expr: string) => void }) {
  const [text, setText] = useState(expr);
  const run = (event: Event) => {
    event.preventDefault();
    onShow(text);
  };
  return (
    <form class="expression-form" onSubmit={run}>
      <TextField
        label="Expression (PromQL)"
        rows={Math.min(8, Math.max(2, Math.ceil(text.length / 110)))}
        input={{
          ...codeInput,
          onKeyDown: (event) => {
            if (event.key === 'Enter' && !event.shiftKey) run(event);
          },
        }}
        value={text}
        onChange={setText}
      />
      <button class="primary">Run query</button>
    </form>
  );
}
