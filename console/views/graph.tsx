/** `/graph?expr=...`: one expression over a range; messages link to it. */
import { useState } from 'preact/hooks';
import { renderProblem } from '../api/problem.ts';
import { useSession } from '../api/session.ts';
import { Field } from '../components/field.tsx';
import { Notice } from '../components/notice.tsx';
import { ViewHead } from '../components/view-head.tsx';
import { zoomedOut } from '../dashboard/range-words.ts';
import { rangeOf } from '../dashboard/view-state.ts';
import { ExpressionGraph } from '../graph/expression-graph.tsx';
import { type GraphPlace, readGraphPlace, renderGraphPlace } from '../graph/place.ts';
import { guessUnit } from '../graph/unit.ts';
import { useStore } from '../hooks/store.ts';
import { useRefresh } from '../hooks/use-refresh.ts';
import { useShortcuts } from '../hooks/use-shortcuts.ts';
import { RangePicker } from '../pickers/range-picker.tsx';
import { RefreshControl } from '../pickers/refresh-control.tsx';
import { useServices } from '../services.ts';

export function GraphView() {
  const { navigation } = useServices();
  const { path, query } = useStore(navigation.place);
  const session = useSession();
  const refresh = useRefresh();
  const [isOpen, setOpen] = useState(false);
  const place = readGraphPlace(query);
  const show = (changes: Partial<GraphPlace>) => navigation.setQuery(renderGraphPlace(query, { ...place, ...changes }));
  useShortcuts([{ keys: 't', label: 'Time range', run: () => setOpen(true) }]);
  const range = tryRange(place, refresh.nowMs);
  if (typeof range === 'string')
    return (
      <Notice
        tone="bad"
        title="The address names no range"
        text={range}
        link={{ path: `${path}?${new URLSearchParams({ expr: place.expr })}`, text: 'The last hour' }}
      />
    );
  if (session?.host !== undefined)
    return (
      <Notice
        title="No graphs of expressions here"
        text={`This session sees the host ${session.host} alone, and PromQL would read every host's series.`}
        link={{ path: `/hosts/${encodeURIComponent(session.host)}`, text: `The dashboard of ${session.host}` }}
      />
    );
  return (
    <>
      <ViewHead title="Graph">
        <RangePicker state={place} range={range} isOpen={isOpen} onToggle={setOpen} onChoose={show} />
        <RefreshControl state={refresh} onRefresh={refresh.refresh} />
      </ViewHead>
      <ExpressionForm key={place.expr} expr={place.expr} onShow={(expr) => show({ expr })} />
      {place.expr.trim() === '' ? (
        <p class="card all-quiet">
          Write an expression, such as <code>up</code> or <code>rate(node_network_receive_bytes_total[1m])</code>.
        </p>
      ) : (
        <section class="card graph-card" aria-label="Graph">
          <ExpressionGraph
            expr={place.expr}
            range={range}
            unit={guessUnit(place.expr)}
            onZoom={(fromMs, toMs) => show({ from: String(fromMs), to: String(toMs) })}
            onZoomOut={() => show(zoomedOut(range, refresh.nowMs))}
          />
        </section>
      )}
    </>
  );
}

function tryRange(place: GraphPlace, nowMs: number) {
  try {
    return rangeOf(place, nowMs);
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
      <Field label="Expression (PromQL)">
        {(input) => (
          <textarea
            {...input}
            class="code"
            rows={Math.min(8, Math.max(2, Math.ceil(text.length / 110)))}
            spellcheck={false}
            value={text}
            onInput={({ currentTarget }) => setText(currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && !event.shiftKey) run(event);
            }}
          />
        )}
      </Field>
      <button class="primary">Show</button>
    </form>
  );
}
