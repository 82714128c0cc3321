/** Converts a panel's answers to lines with names, colours and common times; and to one number for each series. */

import { type Column, gridTimes, type Labels } from '../api/promql.ts';
import { reducerOf } from '../charts/reduce.ts';
import { type Field, fieldOf } from '../dashboard/field.ts';
import type { Panel } from '../dashboard/model.ts';
import { listAt, objectAt } from '../dashboard/parse-dashboard.ts';
import { type Answer, gridOf, type NamedSeries, namedSeries } from '../dashboard/queries/panel-queries.ts';
import { type ColourScheme, type HostColours, namedColour, seriesColour, slotColour } from '../format/colours.ts';

export interface Line {
  readonly name: string;
  readonly labels: Labels;
  /** Name of the line whose peaks this line shows. Its own name for other lines. */
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

/** All range answers of a panel share one grid, because only targets of one tier are queried. */
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

/** The first series of a host has the host's colour. Further series have colours that no host has. */
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

interface PanelNumber {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number | undefined;
  /** The column that `value` was reduced from. */
  readonly column: Column;
  readonly field: Field;
}

/** Reduces each series of a panel to one number, for stats and bars. */
export function numbersOf(panel: Panel, answers: readonly Answer[]): readonly PanelNumber[] {
  const { calcs } = objectAt(panel.options['reduceOptions'] ?? {}, 'options.reduceOptions');
  const [calc = 'lastNotNull'] = listAt(calcs, 'options.reduceOptions.calcs').map(String);
  const reduce = reducerOf(calc);
  return namedSeries(panel, answers).map(({ name, refId, labels, column }) => {
    const field = fieldOf(panel.fieldConfig, { name, refId });
    return { name: field.displayName ?? name, labels, value: reduce(column), column, field };
  });
}
