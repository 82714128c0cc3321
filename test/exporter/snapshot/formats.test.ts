/** A snapshot of a hand-made host in all formats, and on a terminal. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { metrics } from '../../../common/catalogue/metrics.ts';
import { parseExposition } from '../../../exporter/exposition/exposition-parse.ts';
import { renderJson, renderPrometheus } from '../../../exporter/snapshot/formats.ts';
import { renderHuman } from '../../../exporter/snapshot/human.ts';
import { createScreen, plainPaint } from '../../../exporter/snapshot/screen.ts';
import { wantedMetrics } from '../../../exporter/snapshot/settings.ts';
import { createSnapshot } from '../../../exporter/snapshot/snapshot.ts';
import { renderTable } from '../../../exporter/snapshot/table.ts';
import { caseTimeMs } from '../../support/collector-host.ts';
import { expectGolden } from '../../support/golden.ts';
import { scrapedPage } from '../../support/snapshot-case.ts';

const folder = join(import.meta.dirname, '../../cases/snapshot/server');
const pageOf = (name: string) => readFileSync(join(folder, name), 'utf8');

/** Two seconds apart. */
function snapshotOf(wanted: readonly string[] = []) {
  return createSnapshot(scrapedPage(pageOf('before.prom'), 1_000), scrapedPage(pageOf('after.prom'), 3_000), {
    host: 'web-1',
    timeMs: caseTimeMs,
    metrics: wantedMetrics(wanted),
  });
}

describe('formats', () => {
  test('a table for people, without colours', () => {
    const table = renderTable(snapshotOf(), plainPaint);
    expectGolden(join(folder, 'expected.txt'), table);
    expect(table.split('\n').filter((line) => line !== line.trimEnd())).toEqual([]);
  });

  test('a body for the gateway', () => {
    const json = renderJson(snapshotOf());
    expectGolden(join(folder, 'expected.json'), json);
    expect(json.match(/\n/g)).toHaveLength(1);
    const { metrics: sent } = JSON.parse(json) as { metrics: { name: string; unit: string }[] };
    for (const { name, unit } of sent)
      expect([name, unit]).toEqual([name, metrics.find((each) => each.name === name)?.unit]);
  });

  test('the text format, under the names of pushed metrics', () => {
    const page = renderPrometheus(snapshotOf());
    expectGolden(join(folder, 'expected.prom'), page);
    expect(parseExposition(page).length).toBe(42);
  });

  test('only the requested metrics', () => {
    const names = snapshotOf(['disk.io.read', 'swap']).metrics.map(({ metric }) => metric.name);
    expect(names).toEqual([
      'swap.total',
      'swap.used',
      'swap.usage.percent',
      'disk.io.read.bytes',
      'disk.io.read.count',
    ]);
  });
});

describe('colours', () => {
  test('mark usage from 80 and from 90 percent, but not idle time', () => {
    const painted: string[] = [];
    renderTable(snapshotOf(), (style, text) => {
      if (style === 'warning' || style === 'critical') painted.push(`${style} ${text.trim()}`);
      return text;
    });
    // CPU 1, disk / and /srv/my data
    expect(painted).toEqual(['critical 95.0 %', 'warning 84.2 %', 'warning 85.4 %']);
  });
});

describe('human values', () => {
  test.each([
    [0, 'bytes', '0 B'],
    [1023, 'bytes', '1023 B'],
    [1024, 'bytes', '1.0 KiB'],
    [1_048_524, 'bytes', '1023.9 KiB'],
    [1_048_575, 'bytes', '1.0 MiB'],
    [1.5 * 2 ** 50, 'bytes/s', '1.5 PiB/s'],
    [2 ** 60, 'bytes', '1024.0 PiB'],
    [12.345, 'percent', '12.3 %'],
    [0.126, 'load', '0.13'],
    [7, 'count', '7'],
    [2.5, 'ops/s', '2.5 /s'],
  ] as const)('%d %s is %s', (value, unit, text) => {
    expect(renderHuman(value, unit)).toBe(text);
  });
});

describe('a screen', () => {
  function createTerminal(more: { readonly isTTY?: boolean; readonly rows?: number }) {
    const stream = Object.assign(new PassThrough(), more);
    const read = (): Buffer | null => stream.read() as Buffer | null;
    /** Reads to the end: since Node 26 one `read` returns one chunk. */
    const written = (): string => {
      let text = '';
      for (let chunk = read(); chunk !== null; chunk = read()) text += chunk.toString();
      return text;
    };
    return { stream, written };
  }

  test('overwrites the previous text on a terminal, cut to its rows', async () => {
    const { stream, written } = createTerminal({ isTTY: true, rows: 4 });
    const screen = createScreen({ stream, inPlace: true });
    await screen.show('a\nb\n');
    expect(written()).toBe('\u001b[?7l\u001b[2J\u001b[Ha\u001b[K\nb\u001b[K\n\u001b[J\u001b[?7h');
    await screen.show('1\n2\n3\n4\n5\n');
    expect(written()).toBe(
      '\u001b[?7l\u001b[H1\u001b[K\n2\u001b[K\n3 more lines: --metric shows a part\u001b[K\n\u001b[J\u001b[?7h',
    );
  });

  test.each([
    [{ inPlace: true }, {}],
    [{ inPlace: false }, { isTTY: true, rows: 1 }],
  ])('shows one after the other with %j on %j', async (options, terminal) => {
    const { stream, written } = createTerminal(terminal);
    const screen = createScreen({ stream, ...options });
    await screen.show('a\nb\n');
    await screen.show('c\n');
    expect(written()).toBe('a\nb\nc\n');
  });

  test('rejects when the reader has gone', async () => {
    const { stream } = createTerminal({});
    stream.destroy();
    await expect(createScreen({ stream, inPlace: false }).show('a')).rejects.toMatchObject({
      code: 'ERR_STREAM_DESTROYED',
    });
  });
});
