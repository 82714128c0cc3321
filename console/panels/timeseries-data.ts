/**
 * Turns the answers of a time series panel into lines with names, colours and common times, and finds the start of the data to the
 * minute. A step of a long range covers hours, so the first point of the range is earlier or later than the first sample.
 */
import { chooseTier } from '../../common/catalogue/tier-choice.ts';
import { tierOff, tierPrefix } from '../../common/dashboard/conventions.ts';
import { type Column, gridTimes, type Labels } from '../api/promql.ts';
import { type Field, fieldOf } from '../dashboard/field.ts';
import type { Panel, Selection } from '../dashboard/model.ts';
import {
  type Answer,
  activeRequests,
  gridOf,
  panelRequests,
  type QueryRequest,
  renderLegend,
} from '../dashboard/queries/panel-queries.ts';
import { type ColourScheme, type HostColours, namedColour, seriesColour, slotColour } from '../format/colours.ts';

export interface Line {
  readonly name: string;
  readonly labels: Labels;
  /** Name of the line whose peaks this line shows. For other lines, the name of the line itself. */
  readonly owner: string;
  readonly colour: string;
  readonly column: Column;
  readonly field: Field;
}

interface Lines {
  /** Epoch seconds. */
  readonly times: readonly number[];
  readonly series: readonly Line[];
  /** Settings of the panel's axis. */
  readonly field: Field;
}

export interface Look extends HostColours {
  readonly scheme: ColourScheme;
}

/** Converts the answers of a panel to lines. All range answers share one grid, because only targets of one tier are queried. */
export function linesOf(panel: Panel, answers: readonly Answer[], look: Look): Lines {
  const field = fieldOf(panel.fieldConfig, { name: '' });
  const ranges = answers.filter((answer) => answer.kind === 'range');
  const [first] = ranges;
  if (first === undefined) return { times: [], series: [], field };
  const named = namedSeries(panel, ranges);
  const owners = ownersOf(named);
  const colours = field.colourMode === byName ? coloursByHost(named, owners, look) : coloursByLine(owners, look);
  const series = named.map(({ name, refId, labels, column }): Line => {
    const own = fieldOf(panel.fieldConfig, { name, refId });
    const owner = owners.get(name) ?? name;
    const fixed = own.colourMode === 'fixed' ? own.fixedColour : undefined;
    const colour = fixed === undefined ? (colours.get(owner) as string) : namedColour(fixed, look.scheme);
    return { name: own.displayName ?? name, owner, labels, column, field: own, colour };
  });
  return { times: gridTimes(gridOf(first.request)), series, field };
}

const byName = 'palette-classic-by-name';
const peakSuffix = ' peak';

type Owners = ReadonlyMap<string, string>;

/** Returns the owner of each name: `web-1 peak` belongs to `web-1`. */
function ownersOf(named: readonly NamedSeries[]): Owners {
  const names = new Set(named.map(({ name }) => name));
  const ownerOf = (name: string) => {
    const owner = name.endsWith(peakSuffix) ? name.slice(0, -peakSuffix.length) : name;
    return names.has(owner) ? owner : name;
  };
  return new Map([...names].map((name) => [name, ownerOf(name)]));
}

/** Assigns colours. The first series of a host has the host's colour; further series have colours that no host has. */
function coloursByHost(named: readonly NamedSeries[], owners: Owners, { scheme, slotsOf }: Look) {
  const keys = new Map<string, string>();
  const hosts = new Set<string>();
  for (const { name, labels } of named) {
    if (owners.get(name) !== name || keys.has(name)) continue;
    const host = labels['instance'];
    const isFirst = host !== undefined && !hosts.has(host);
    keys.set(name, isFirst ? host : `\0${name}`);
    if (isFirst) hosts.add(host);
  }
  slotsOf([...hosts]); // hosts choose before their further series
  const slots = slotsOf([...keys.values()]);
  return new Map([...keys].map(([name, key]) => [name, slotColour(slots.get(key) as number, scheme)]));
}

function coloursByLine(owners: Owners, { scheme }: Look) {
  const own = [...new Set(owners.values())];
  return new Map(own.map((name, index) => [name, seriesColour(index, scheme)]));
}

interface NamedSeries {
  readonly refId: string;
  /** Name in the legend. Several series may have the same name. */
  readonly name: string;
  readonly labels: Labels;
  /** Values on the answer's grid. An instant query has one value. */
  readonly column: Column;
}

/** Returns the series of all answers, in order. */
export function namedSeries({ targets }: Panel, answers: readonly Answer[]): readonly NamedSeries[] {
  return answers.flatMap((answer): readonly NamedSeries[] => {
    const { refId } = answer.request;
    const format = targets.find((target) => target.refId === refId)?.legend ?? '';
    const about = (labels: Labels) => ({ refId, labels, name: renderLegend(format, labels) });
    if (answer.kind === 'instant')
      return answer.series.map(({ metric, value }) => ({ ...about(metric), column: [toValue(value[1])] }));
    return answer.series.map(({ metric, column }) => ({ ...about(metric), column }));
  });
}

function toValue(text: string): number | null {
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

/** At this step or a shorter step, the first point shows the start of the data exactly enough. */
const exactStepMs = 30_000;

interface FirstPoint {
  readonly timeMs: number;
  readonly stepMs: number;
}

/** Returns the earliest point of the answers. Returns undefined without points, and when the time of the point is exact. */
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

/** Returns the panel's requests for the steps around the first point, from the finest tier that still has the data. */
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

/** Returns the time of the earliest point of the answers to `startRequests`, or undefined without points. */
export function tryExactStart(answers: readonly Answer[]): number | undefined {
  return earliest(answers)?.timeMs;
}
