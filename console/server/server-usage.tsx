/** Renders the section "This server" of the hosts: memory and disk of the server's parts. Absent for sessions that cannot ask PromQL. */
import { useData, useServices, useSession } from '../hooks/services.ts';
import { diskQuery, memoryQuery, type UsageRow, usageRows } from './usage.ts';

interface Usage {
  readonly memory: readonly UsageRow[];
  readonly disk: readonly UsageRow[];
}

export function ServerUsage({ nowMs }: { readonly nowMs: number }) {
  const { promql } = useServices();
  const session = useSession();
  const mayAsk = session !== undefined && session.host === undefined;
  const { data } = useData<Usage>(mayAsk ? `usage ${nowMs}` : undefined, async (signal) => {
    const ask = async (query: string): Promise<readonly UsageRow[]> =>
      usageRows(await promql.instant({ query, time: nowMs / 1_000 }, { signal, priority: 'idle' }));
    const [memory, disk] = await Promise.all([ask(memoryQuery), ask(diskQuery)]);
    return { memory, disk };
  });
  if (data === undefined || (data.memory.length === 0 && data.disk.length === 0)) return null;
  return (
    <section aria-labelledby="server-usage">
      <h2 id="server-usage">This server</h2>
      <UsageTable title="Memory" rows={data.memory} />
      <UsageTable title="Disk" rows={data.disk} />
    </section>
  );
}

function UsageTable({ title, rows }: { readonly title: string; readonly rows: readonly UsageRow[] }) {
  if (rows.length === 0) return null;
  return (
    <table class="data-table card">
      <thead>
        <tr>
          <th scope="col">{title}</th>
          <th scope="col">Used</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ part, text }) => (
          <tr key={part}>
            <td>{part}</td>
            <td>{text}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
