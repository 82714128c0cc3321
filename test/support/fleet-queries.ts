/** Runs a Prometheus with a month of a fleet, and checks the answers to the queries of dashboards. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { maxPointsPerSeries } from '../../common/catalogue/tier-choice.ts';
import { type Dashboard, type Selection, type TimeRange } from '../../console/dashboard/model.ts';
import { wholeHost, writeFleetMonth } from './fleet-month.ts';
import { type AskedPanel, answerOf, countSeries, eachOf, requestsOf } from './panel-answers.ts';
import { freePort } from './process.ts';
import { createPrometheus } from './prometheus.ts';
import { selectorsIn } from './promql-selectors.ts';

export interface Fleet {
  readonly url: string;
  /** Time of the newest samples; a multiple of 5 minutes. */
  readonly endMs: number;
  /** Sends all queries of the dashboard. */
  check(dashboard: Dashboard, range: TimeRange, selection: Selection): Promise<Checked>;
  stop(): Promise<void>;
}

export interface Checked {
  readonly asked: number;
  /** Problems of the answers; empty for good answers. */
  readonly faults: readonly string[];
  /** Samples read by the most expensive query. */
  readonly mostRead: number;
}

/** Flags with which a month stays in the head. By default, Prometheus would write 360 blocks while the tests query. */
const inHead = ['--storage.tsdb.min-block-duration=31d', '--storage.tsdb.max-block-duration=31d'];

export async function startFleet({ isFull }: { readonly isFull: boolean }): Promise<Fleet> {
  const folder = mkdtempSync(join(tmpdir(), 'hostpulse-fleet-'));
  const endMs = Math.floor(Date.now() / 300_000) * 300_000;
  const flags = ['--web.enable-remote-write-receiver', '--storage.tsdb.retention.time=40d', ...(isFull ? [] : inHead)];
  const prometheus = createPrometheus({ port: await freePort(), folder, config: {}, flags });
  const { url } = prometheus;
  await prometheus.start();

  async function stop(): Promise<void> {
    await prometheus.stop('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  }

  try {
    await writeFleetMonth({ url, endMs, isFull });
  } catch (error) {
    await stop();
    throw error;
  }
  const counts = new Map<string, Promise<number>>();

  function seriesOf(selector: string, range: TimeRange): Promise<number> {
    const key = `${selector} ${range.fromMs} ${range.toMs}`;
    const count = counts.get(key) ?? countSeries(url, selector, range);
    counts.set(key, count);
    return count;
  }

  /** For any range, a query may read as many samples of a series as it may return points. */
  async function judge({ name, type, request }: AskedPanel, range: TimeRange) {
    const { series, samplesRead } = await answerOf(url, request);
    if (samplesRead === undefined) throw new Error('Prometheus did not say how many samples it read');
    const faults: string[] = [];
    if (series.length === 0) faults.push('empty');
    const points = request.kind === 'range' ? (request.endMs - request.startMs) / request.stepMs + 1 : 1;
    if (points > maxPointsPerSeries) faults.push(`${points} points a series`);
    if (samplesRead > maxPointsPerSeries * series.length) {
      // The limit counts the series that the query reads, not the series that it returns.
      const read = await eachOf(selectorsIn(request.query), ({ text }) => seriesOf(text, range));
      const seriesRead = read.reduce((sum, count) => sum + count, 0);
      if (samplesRead > maxPointsPerSeries * seriesRead)
        faults.push(`reads ${samplesRead} samples of ${seriesRead} series`);
    }
    if (type === 'timeseries') {
      const whole = series.filter(({ metric }) => metric['instance'] === wholeHost);
      if (whole.length === 0) faults.push(`nothing of ${wholeHost}`);
      // A recorded point covers the samples after it, and there are none after the newest sample.
      const least = request.kind === 'range' && request.endMs >= endMs ? points - 1 : points;
      for (const { values } of whole) {
        if (values.length < least || values.length > points) faults.push(`${values.length} of ${points} points`);
      }
    }
    return { faults: faults.map((fault) => `${name}: ${fault}`), samplesRead };
  }

  return {
    url,
    endMs,
    stop,
    async check(dashboard, range, selection) {
      const asked = requestsOf(dashboard, range, selection);
      const judged = await eachOf(asked, (each) => judge(each, range));
      return {
        asked: asked.length,
        faults: judged.flatMap(({ faults }) => faults),
        mostRead: Math.max(...judged.map(({ samplesRead }) => samplesRead)),
      };
    },
  };
}
