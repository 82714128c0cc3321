/** A panel's series as lines: what they are called, in which colour, on one list of times. */
import type { Panel } from '../../common/dashboard/model.ts';
import { type Column, gridTimes } from '../api/query-response.ts';
import { type ColourScheme, namedColour, seriesColour } from '../charts/colours.ts';
import { type Field, fieldOf } from '../dashboard/field.ts';
import type { Labels } from '../dashboard/legend.ts';
import { type Answer, gridOf, type NamedSeries, namedSeries } from '../dashboard/queries/answers.ts';

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

export interface Look {
  readonly scheme: ColourScheme;
  /** All of the page, in order: a host has the same colour on every panel whose palette goes by name. */
  readonly hosts: readonly string[];
}

/** All answers of a panel over time are on one grid: of its targets only those of one tier are asked. */
export function linesOf(panel: Panel, answers: readonly Answer[], { scheme, hosts }: Look): Lines {
  const field = fieldOf(panel.fieldConfig, { name: '' });
  const ranges = answers.filter((answer) => answer.kind === 'range');
  const [first] = ranges;
  if (first === undefined) return { times: [], series: [], field };
  const named = namedSeries(panel, ranges);
  const indexes = colourIndexes(named, field.colourMode === byName ? hosts : []);
  const series = named.map(({ name, refId, labels, column }): Line => {
    const own = fieldOf(panel.fieldConfig, { name, refId });
    const colour = colourOf(own, indexes.get(name) ?? 0, scheme);
    return { name: own.displayName ?? name, labels, column, field: own, colour };
  });
  return { times: gridTimes(gridOf(first.request)), series, field };
}

const byName = 'palette-classic-by-name';

/**
 * By name. A host's first series has the host's colour, further ones those that no host has; `web-1 peak` has the colour of
 * `web-1`: they belong together.
 */
function colourIndexes(named: readonly NamedSeries[], hosts: readonly string[]): ReadonlyMap<string, number> {
  const all = new Map(named.map(({ name, labels }) => [name, labels['instance'] ?? '']));
  const ownerOf = (name: string) => {
    const owner = name.slice(0, Math.max(name.lastIndexOf(' '), 0));
    return all.has(owner) ? owner : name;
  };
  const places = new Map<string, number>();
  const left = new Map(hosts.map((host, index) => [host, index]));
  let next = hosts.length;
  for (const [name, host] of all) {
    if (ownerOf(name) !== name) continue;
    places.set(name, left.get(host) ?? next++);
    left.delete(host);
  }
  return new Map([...all.keys()].map((name) => [name, places.get(ownerOf(name)) ?? 0]));
}

function colourOf({ colourMode, fixedColour }: Field, index: number, scheme: ColourScheme): string {
  if (colourMode === 'fixed' && fixedColour !== undefined) return namedColour(fixedColour, scheme);
  return seriesColour(index, scheme);
}
