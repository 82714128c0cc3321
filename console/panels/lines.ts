/** Converts a panel's series to lines with names, colours and common times. */

import { type Column, gridTimes, type Labels } from '../api/promql.ts';
import { type ColourScheme, namedColour, seriesColour } from '../charts/colours.ts';
import { type Field, fieldOf } from '../dashboard/field.ts';
import type { Panel } from '../dashboard/model.ts';
import { type Answer, gridOf, type NamedSeries, namedSeries } from '../dashboard/queries/panel-queries.ts';

export interface Line {
  readonly name: string;
  readonly labels: Labels;
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

export interface Look {
  readonly scheme: ColourScheme;
  /** All hosts of the page, in order: a host has the same colour on every panel with colours by name. */
  readonly hosts: readonly string[];
}

/** All range answers of a panel share one grid, because only targets of one tier are queried. */
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
 * Returns colour indexes by series name. The first series of a host has the host's colour; further series have colours that
 * no host uses. `web-1 peak` has the colour of `web-1`.
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
