/** One host on the page: what matters first as tiles, everything as a table. */
import type { CurrentValue, HostValues } from '../current-values.ts';
import type { Host } from '../host-list.ts';
import { type Html, html } from './html.ts';
import { renderReading } from './reading.ts';

export interface HostSection {
  readonly reading: HostValues;
  readonly known: Host | undefined;
  /** Every value below the tiles, or a link to them. */
  readonly detail: 'table' | 'link';
}

export function hostSection({ reading: { host, values }, known, detail }: HostSection): Html {
  return html`<section>
<h2>${host} <small>${known === undefined ? '' : about(known)}</small> ${known === undefined ? '' : state(known)}</h2>
<div class="tiles">${tiles(values)}</div>
${detail === 'table' ? table(values) : html`<p><a href="/?host=${encodeURIComponent(host)}">All ${values.length} values</a></p>`}
</section>
`;
}

function about({ os, mode }: Host): string {
  return [os, mode === 'scrape' ? 'scraped' : 'pushing'].filter((part) => part !== undefined).join(', ');
}

function state({ up }: Host): Html {
  return up ? html`<span class="pill good">up</span>` : html`<span class="pill bad">down</span>`;
}

function table(values: readonly CurrentValue[]): Html {
  return html`<div class="scroll"><table>
<tr><th>metric</th><th>of</th><th class="number">now</th></tr>
${values.map(row)}</table></div>`;
}

function row(value: CurrentValue): Html {
  const labels = Object.entries(value.labels).map(([name, text]) => `${name}=${text}`);
  return html`<tr><td>${value.metric}</td><td class="quiet">${labels.join(' ')}</td><td class="number">${renderReading(value)}</td></tr>
`;
}

/** Share tiles have a bar; of several disks the fullest counts. */
function tiles(values: readonly CurrentValue[]): Html[] {
  return [
    ...shareTile('CPU', greatest(values, 'cpu.usage.total')),
    ...shareTile('Memory', greatest(values, 'memory.usage.percent')),
    ...shareTile('Fullest disk', greatest(values, 'disk.usage.percent')),
    ...textTile('Load, 1 minute', greatest(values, 'cpu.load.average.1m')),
    ...textTile('Received', total(values, 'network.io.bytes.recv')),
    ...textTile('Sent', total(values, 'network.io.bytes.sent')),
  ];
}

function shareTile(title: string, reading: CurrentValue | undefined): Html[] {
  if (reading === undefined || reading.value === null) return [];
  const where = reading.labels['mountpoint'];
  const name = where === undefined ? title : `${title}, ${where}`;
  return [
    html`<div class="tile"><span>${name}</span><b>${renderReading(reading)}</b><meter min="0" max="100" low="80" high="90" optimum="0" value="${reading.value}" aria-label="${name}"></meter></div>`,
  ];
}

function textTile(title: string, reading: CurrentValue | undefined): Html[] {
  return reading === undefined
    ? []
    : [html`<div class="tile"><span>${title}</span><b>${renderReading(reading)}</b></div>`];
}

function greatest(values: readonly CurrentValue[], metric: string): CurrentValue | undefined {
  return values
    .filter((each) => each.metric === metric)
    .reduce<CurrentValue | undefined>(
      (top, each) => ((top?.value ?? -Infinity) >= (each.value ?? -Infinity) ? top : each),
      undefined,
    );
}

/** Over all interfaces but the loopback, whose traffic goes nowhere. */
function total(values: readonly CurrentValue[], metric: string): CurrentValue | undefined {
  const parts = values.filter((each) => each.metric === metric && each.labels['device'] !== 'lo');
  const [first] = parts;
  if (first === undefined) return undefined;
  return { ...first, labels: {}, value: parts.reduce((sum, { value }) => sum + (value ?? 0), 0) };
}
