/** The busiest processes of a host below the title of a section, for the time under the cursor, else for the end of the range. */
import { useContext, useState } from 'preact/hooks';
import type { TopOrder } from '../../common/top/top-record.ts';
import { renderProblem } from '../api/problem.ts';
import { type TopAnswer, topPath } from '../api/top.ts';
import { HoveredTimeContext } from '../charts/hovered-time.ts';
import { useData, useServices, useStore } from '../hooks/services.ts';
import { useDebounced } from '../hooks/use-debounced.ts';
import { createStore } from '../state/store.ts';
import { noEntryText, noRecordText, recordTimeText, topEntries } from './top-list.ts';

interface TopStripProps {
  readonly host: string;
  readonly by: TopOrder;
  /** The end of the range. */
  readonly endMs: number;
}

/** The pointer rests for this time before the processes are loaded. */
const restMs = 120;

const titles: Readonly<Record<TopOrder, string>> = { cpu: 'CPU', memory: 'memory', io: 'disk I/O' };

export function TopStrip({ host, by, endMs }: TopStripProps) {
  const { api, processCalls } = useServices();
  const [nowhere] = useState(() => createStore<number | undefined>(undefined));
  const hovered = useDebounced(useStore(useContext(HoveredTimeContext) ?? nowhere), restMs);
  const path = topPath(host, hovered ?? endMs);
  const { data, error } = useData(path, (signal) =>
    processCalls.share(path, (shared) => api.get<TopAnswer>(path, { signal: shared }), { signal }),
  );
  return (
    <div class="top-strip" role="group" aria-label={`Processes by ${titles[by]}`}>
      {error === undefined ? <TopContent answer={data} by={by} /> : <p class="quiet">{renderProblem(error)}</p>}
    </div>
  );
}

function TopContent({ answer, by }: { readonly answer: TopAnswer | undefined; readonly by: TopOrder }) {
  if (answer === undefined) return <p class="quiet">Loading processes…</p>;
  const { record } = answer;
  if (record === undefined) return <p class="quiet">{noRecordText(answer)}</p>;
  const entries = topEntries(record.processes, by);
  return (
    <>
      <p class="quiet">Processes {recordTimeText(record)}</p>
      {entries.length === 0 ? <p class="quiet">{noEntryText(by)}</p> : null}
      <ol>
        {entries.map(({ pid, name, value, title }) => (
          <li key={pid} title={title}>
            <span>{name}</span> <b>{value}</b>
          </li>
        ))}
      </ol>
    </>
  );
}
