/** A panel's series as lines: what they are called, in which colour, on one list of times. */
import type { Labels } from '../../common/dashboard/legend.ts';
import type { Panel } from '../../common/dashboard/model.ts';
import { type Ground, namedColour, seriesColour } from '../charts/colours.ts';
import { type Column, gridTimes } from '../charts/columns.ts';
import { type Answer, gridOf, namedSeries } from '../dashboard/answer.ts';
import { type Field, fieldOf } from '../dashboard/field.ts';

export interface Line {
  readonly name: string;
  readonly labels: Labels;
  readonly colour: string;
  readonly column: Column;
  readonly field: Field;
}

export interface Lines {
  /** Epoch seconds. */
  readonly times: readonly number[];
  readonly series: readonly Line[];
  /** Of the panel, for its axis. */
  readonly field: Field;
}

/** All answers of a panel over time are on one grid: of its targets only those of one tier are asked. */
export function linesOf(panel: Panel, answers: readonly Answer[], ground: Ground): Lines {
  const field = fieldOf(panel.fieldConfig, { name: '' });
  const ranges = answers.filter((answer) => answer.kind === 'range');
  const [first] = ranges;
  if (first === undefined) return { times: [], series: [], field };
  const named = namedSeries(panel, ranges);
  const indexes = colourIndexes(named.map(({ name }) => name));
  const series = named.map(({ name, refId, labels, column }): Line => {
    const own = fieldOf(panel.fieldConfig, { name, refId });
    const colour = colourOf(own, indexes.get(name) ?? 0, ground);
    return { name: own.displayName ?? name, labels, column, field: own, colour };
  });
  return { times: gridTimes(gridOf(first.request)), series, field };
}

/** `web-1 peak` has the colour of `web-1`: they belong together. */
function colourIndexes(names: readonly string[]): ReadonlyMap<string, number> {
  const all = new Set(names);
  const ownerOf = (name: string) => {
    const owner = name.slice(0, Math.max(name.lastIndexOf(' '), 0));
    return all.has(owner) ? owner : name;
  };
  const owners = [...all].filter((name) => ownerOf(name) === name);
  const places = new Map(owners.map((name, index) => [name, index]));
  return new Map([...all].map((name) => [name, places.get(ownerOf(name)) ?? 0]));
}

function colourOf({ colourMode, fixedColour }: Field, index: number, ground: Ground): string {
  if (colourMode === 'fixed' && fixedColour !== undefined) return namedColour(fixedColour, ground);
  return seriesColour(index, ground);
}
