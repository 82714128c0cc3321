/**
 * Finds the start of a chart's data to the minute. A step of a long range covers hours, and its first point is therefore
 * earlier or later than the first sample.
 */
import { chooseTier } from '../../../common/catalogue/tier-choice.ts';
import { tierOff, tierPrefix } from '../../../common/dashboard/conventions.ts';
import type { Panel, Selection } from '../model.ts';
import { type Answer, activeRequests, panelRequests, type QueryRequest } from './panel-queries.ts';

/** Shorter steps show the start exactly enough. */
const exactStepMs = 30_000;

interface FirstPoint {
  readonly timeMs: number;
  readonly stepMs: number;
}

/** Returns the earliest point of the answers. Undefined without points, and if its time is exact. */
export function tryCoarseStart(answers: readonly Answer[]): FirstPoint | undefined {
  const first = earliest(answers);
  return first === undefined || first.stepMs <= exactStepMs ? undefined : first;
}

function earliest(answers: readonly Answer[]): FirstPoint | undefined {
  const points = answers.flatMap((answer) => {
    if (answer.kind === 'instant') return [];
    const { startMs, stepMs } = answer.request;
    const indexes = answer.series.map(({ column }) => column.findIndex((value) => value !== null));
    const index = Math.min(...indexes.filter((each) => each >= 0));
    return Number.isFinite(index) ? [{ timeMs: startMs + index * stepMs, stepMs }] : [];
  });
  return points.toSorted((a, b) => a.timeMs - b.timeMs)[0];
}

interface StartQuestion {
  readonly first: FirstPoint;
  readonly selection: Selection;
  readonly nowMs: number;
}

/** Returns the panel's requests for the steps around the first point, from the finest tier that still has them. */
export function startRequests(panel: Panel, { first, selection, nowMs }: StartQuestion): readonly QueryRequest[] {
  const { timeMs, stepMs } = first;
  const range = { fromMs: timeMs - 2 * stepMs, toMs: Math.min(timeMs + stepMs, nowMs) };
  const choice = chooseTier({ startMs: range.fromMs, endMs: range.toMs, nowMs });
  const tier = choice.ok ? `${tierPrefix}${choice.tier.name}` : undefined;
  const own = new Map(
    [...selection].map(([name, value]) => [
      name,
      name.startsWith(tierPrefix) ? { ...value, selected: [name === tier ? '.+' : tierOff] } : value,
    ]),
  );
  // One series is enough, however many hosts there are.
  return activeRequests(panelRequests(panel, { range, selection: own })).map((request) => ({
    ...request,
    query: `count(${request.query})`,
  }));
}

/** Returns the time of the earliest point of the answers to `startRequests`. Undefined without points. */
export function tryExactStart(answers: readonly Answer[]): number | undefined {
  return earliest(answers)?.timeMs;
}
