/**
 * Compares every recorded series of the catalogue, at random instants, with a computation from raw samples without PromQL:
 * counters with resets, gauges, lost samples, a gap, hosts that appear and disappear, an agent that pushes dotted names.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type CatalogueMetric, metrics, operationsOf, recordingName } from '../../common/catalogue/metrics.ts';
import { type Operation } from '../../common/catalogue/tiers.ts';
import { queryRaw } from '../../common/prometheus/query.ts';
import { evaluate, keyOf, orElse, type TruthReading, type TruthSample } from '../support/expression-truth.ts';
import { createRandom } from '../support/random.ts';
import { randomHosts } from '../support/random-hosts.ts';
import { writeSeries } from '../support/raw-series.ts';
import { startTierHarness, type TierHarness } from '../support/tier-harness.ts';
import type { Extrapolation } from '../support/window-truth.ts';

const seed = Number(process.env['SEED'] ?? 20_261);
const random = createRandom(seed);
const minuteMs = 60_000;
const instants = 5;
/** The phase of a host's samples; on no rule's grid. */
const endMs = Math.floor(Date.now() / 5_000) * 5_000 - 60 * minuteMs + 77;
const startMs = endMs - 60 * minuteMs;
const series = randomHosts({ random, fromMs: startMs, toMs: endMs });
const phasesMs = { '1m': 7_000, '5m': 111_000 } as const;
let harness: TierHarness;
let extrapolation: Extrapolation;

beforeAll(async () => {
  const periods = { rawMs: 24 * 60 * minuteMs, minuteMs: 7 * 24 * 60 * minuteMs, lateMs: 0 };
  harness = await startTierHarness({ periods, now: () => endMs + 20 * minuteMs });
  const { version } = (await harness.prometheus.ask('status/buildinfo')) as { readonly version: string };
  extrapolation = /^2\.([0-4]?\d|5[01])\./.test(version) ? 'by zero first' : 'by gap';
  await writeSeries(harness.prometheus.url, series);
  for (const tier of harness.tiers) {
    // One recorded point gives the grid; the other points are evaluated on it.
    const labels = { __name__: `instance:swap_total:avg${tier.name}`, job: 'node', instance: 'other' };
    const phaseMs = phasesMs[tier.name];
    const timeMs = Math.floor((endMs - phaseMs) / tier.stepMs) * tier.stepMs + phaseMs;
    await writeSeries(harness.prometheus.url, [{ labels, points: [[timeMs, 1]] }]);
    const window = { fromMs: startMs, toMs: endMs };
    const outcome = await harness.repair.run({ tier, window, rawHorizonMs: 0, mode: 'add' });
    expect(outcome).toMatchObject({ kind: 'done', report: { remaining: 0 } });
  }
});

afterAll(() => harness.stop());

function truthAt(metric: CatalogueMetric, operation: Operation, window: { endMs: number; rangeMs: number }) {
  const at = (reading: TruthReading): readonly TruthSample[] =>
    orElse(evaluate(metric.exported, series, reading), evaluate(metric.pushed, series, reading));
  if (operation === 'avg')
    return new Map(at({ kind: 'window', ...window, extrapolation }).map((each) => [keyOf(each.labels), each.value]));
  const highest = new Map<string, number>();
  const firstMs = Math.ceil((window.endMs - window.rangeMs) / 5_000) * 5_000;
  for (let atMs = firstMs; atMs <= window.endMs; atMs += 5_000)
    for (const { labels, value } of at({ kind: 'instant', atMs, extrapolation }))
      highest.set(keyOf(labels), Math.max(highest.get(keyOf(labels)) ?? -Infinity, value));
  return highest;
}

test(`random points match their samples (SEED=${seed})`, async () => {
  const counts = { compared: 0, absent: 0 };
  for (const tier of harness.tiers) {
    for (const metric of metrics) {
      for (const operation of operationsOf(metric)) {
        const name = recordingName(metric, operation, tier.name);
        const selector = `${name}{instance!="other"}`;
        const recorded = await queryRaw(harness.connection, { selector, startMs, endMs });
        const hosts = new Set(recorded.map(({ labels }) => labels['instance']));
        expect({ name, hosts: hosts.size }).toEqual({ name, hosts: 6 });
        for (let count = 0; count < instants; count += 1) {
          const steps = Math.floor((endMs - startMs) / tier.stepMs) - 1;
          const timeMs =
            (Math.floor(startMs / tier.stepMs) + 1 + random.below(steps)) * tier.stepMs + phasesMs[tier.name];
          const truth = truthAt(metric, operation, { endMs: timeMs - 15_000, rangeMs: tier.stepMs });
          const found = new Map<string, number>();
          for (const {
            labels: { __name__: _name, ...labels },
            points,
          } of recorded) {
            const point = points.find(([instant]) => instant === timeMs);
            if (point !== undefined) found.set(keyOf(labels), point[1]);
          }
          const at = `${name} ${new Date(timeMs).toISOString()}`;
          expect({ at, series: [...found.keys()].sort() }).toEqual({ at, series: [...truth.keys()].sort() });
          for (const [key, value] of truth) {
            const got = found.get(key) ?? Number.NaN;
            // A difference has the error of its operands, which are below 1e6 and 1,000.
            const error = Math.abs(got - value) / Math.max(1, Math.abs(value));
            expect({ at, key, got, value, isRight: error < 1e-9 }).toMatchObject({ isRight: true });
            counts.compared += 1;
          }
          counts.absent += [...hosts].filter(
            (host) => ![...truth.keys()].some((key) => key.includes(`"${host}"`)),
          ).length;
        }
      }
    }
  }
  expect(counts.compared).toBeGreaterThan(3_000);
  expect(counts.absent).toBeGreaterThan(50);
});
