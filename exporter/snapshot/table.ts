/** Renders a snapshot for people: metrics of the host as a list, metrics of devices and file systems as tables. */
import type { CatalogueMetric } from '../../common/catalogue/metrics.ts';
import { renderHuman } from './human.ts';
import type { MetricValues, Snapshot } from './snapshot.ts';

export type Style = 'title' | 'heading' | 'faint' | 'warning' | 'critical';

/** Colours a padded text. Returns it unchanged for an output without colours. */
export type Paint = (style: Style, text: string) => string;

/** Headings, and the first words of the metric names below them. */
const groups = [
  ['CPU', ['cpu']],
  ['MEMORY', ['memory', 'swap']],
  ['DISK', ['disk']],
  ['NETWORK', ['network']],
] as const;

/** Percentages in use are coloured from these values; idle time is not. */
const warningPercent = 80;
const criticalPercent = 90;

export function renderTable({ host, timeMs, seconds, metrics }: Snapshot, paint: Paint): string {
  const time = new Date(timeMs).toISOString().replace('T', ' ').replace(/\..*/, ' UTC');
  const lines = [paint('title', `${host}  ${time}  rates over ${Number(seconds.toFixed(1))} s`)];
  for (const [heading, words] of groups) {
    const own = metrics.filter(
      ({ metric, series }) => series.length > 0 && words.some((word) => metric.name.startsWith(`${word}.`)),
    );
    if (own.length === 0) continue;
    lines.push('', paint('heading', heading), ...renderGroup(own, paint));
  }
  const absent = metrics.filter(({ series }) => series.length === 0).map(({ metric }) => metric.name);
  if (absent.length > 0) lines.push('', paint('faint', `no value on this host: ${absent.join(', ')}`));
  return `${lines.join('\n')}\n`;
}

interface Cell {
  readonly text: string;
  readonly isNumber?: true;
  readonly style?: Style;
}

function renderGroup(own: readonly MetricValues[], paint: Paint): string[] {
  const plain = own.filter(({ metric }) => metric.labels.length === 0);
  const list = plain.map(({ metric, series }): Cell[] => [{ text: metric.name }, numberCell(metric, series[0]?.value)]);
  const tables = Object.values(
    Object.groupBy(
      own.filter(({ metric }) => metric.labels.length > 0),
      ({ metric }) => tableOf(metric),
    ),
  );
  const lines = renderRows(list, paint);
  for (const table of tables) {
    if (table === undefined) continue;
    if (lines.length > 0) lines.push('');
    lines.push(...renderLabelled(table, paint));
  }
  return lines;
}

/** Returns the table of a metric: `disk.usage` for `disk.usage.total`. */
function tableOf({ name }: CatalogueMetric): string {
  return name.split('.').slice(0, 2).join('.');
}

/** Renders one row per series, with the title above the header. */
function renderLabelled(table: readonly MetricValues[], paint: Paint): string[] {
  const [first] = table;
  if (first === undefined) return [];
  const { labels } = first.metric;
  const title = tableOf(first.metric);
  const rows = new Map<string, Cell[]>();
  for (const [column, { metric, series }] of table.entries()) {
    for (const { labels: own, value } of series) {
      const names = labels.map((label) => own[label] ?? '');
      const key = JSON.stringify(names);
      const row = rows.get(key) ?? names.map((text): Cell => ({ text }));
      while (row.length < labels.length + column) row.push({ text: '-', isNumber: true, style: 'faint' });
      row.push(numberCell(metric, value));
      rows.set(key, row);
    }
  }
  const width = labels.length + table.length;
  for (const row of rows.values()) while (row.length < width) row.push({ text: '-', isNumber: true, style: 'faint' });
  const header = [
    ...labels.map((label): Cell => ({ text: label, style: 'faint' })),
    ...table.map(({ metric }): Cell => ({ text: metric.name.slice(title.length + 1), isNumber: true, style: 'faint' })),
  ];
  return [`  ${paint('faint', title)}`, ...renderRows([header, ...rows.values()], paint)];
}

function numberCell(metric: CatalogueMetric, value: number | undefined): Cell {
  if (value === undefined) return { text: '-', isNumber: true };
  const text = renderHuman(value, metric.unit);
  if (metric.unit !== 'percent' || metric.name === 'cpu.usage.idle' || value < warningPercent) {
    return { text, isNumber: true };
  }
  return { text, isNumber: true, style: value < criticalPercent ? 'warning' : 'critical' };
}

/** Aligns columns: numbers right, texts left. */
function renderRows(rows: readonly (readonly Cell[])[], paint: Paint): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, { text }] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, text.length);
  }
  return rows.map((row) => {
    const cells = row.map(({ text, isNumber, style }, column) => {
      const isLast = column === row.length - 1;
      const width = widths[column] ?? 0;
      const padded = isNumber ? text.padStart(width) : isLast ? text : text.padEnd(width);
      return style === undefined ? padded : paint(style, padded);
    });
    return `  ${cells.join('  ')}`;
  });
}
