/** Renders the legend of a chart. A click shows one series alone or all again; Ctrl+click hides or shows one series. */
import type { ComponentChildren } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { Column } from '../api/promql.ts';
import { reducerOf, reducerTitle } from './reduce.ts';

interface LegendEntry {
  readonly name: string;
  readonly colour: string;
  readonly isShown: boolean;
  /** Listed after the other entries. */
  readonly isSummary: boolean;
  readonly column: Column;
}

export interface LegendSettings {
  readonly display: 'list' | 'table';
  readonly placement: 'bottom' | 'right';
  /** Grafana's names of reducers: columns of a table, or numbers behind the names of a list. */
  readonly calcs: readonly string[];
  /** Title of a reducer. */
  readonly sortBy: string | undefined;
  readonly isDescending: boolean;
}

interface LegendProps extends LegendSettings {
  readonly entries: readonly LegendEntry[];
  readonly format: (value: number) => string;
  readonly onToggle: (name: string, how: 'isolate' | 'toggle') => void;
  /** Shown above the names. */
  readonly children?: ComponentChildren;
}

/**
 * Rows rendered before scrolling. Charts of a fleet have hundreds of series, and laying them out takes longer than drawing
 * them.
 */
const firstRows = 40;

export function Legend({
  entries: given,
  display,
  placement,
  calcs,
  sortBy,
  isDescending,
  format,
  onToggle,
  children,
}: LegendProps) {
  const entries = useMemo(() => sortEntries(given, { sortBy, isDescending, calcs }), [given, sortBy, isDescending]);
  const [isWhole, setWhole] = useState(false);
  const showAll = () => setWhole(true);
  const button = ({ name, colour, isShown }: LegendEntry) => (
    <button
      type="button"
      class="legend-name"
      aria-pressed={isShown}
      title={name}
      onClick={(event) => onToggle(name, event.ctrlKey || event.metaKey ? 'toggle' : 'isolate')}
    >
      <i style={{ background: colour }} />
      <span>{name}</span>
    </button>
  );
  const number = (calc: string, column: Column) => {
    const value = reducerOf(calc)(column);
    return value === undefined ? '–' : format(value);
  };
  if (display === 'list')
    return (
      <ul class={`legend list ${placement}`}>
        {entries.map((entry, index) => (
          <li key={index}>
            {button(entry)}
            {calcs.map((calc) => (
              <span class="legend-number" key={calc}>
                {reducerTitle(calc)}: {number(calc, entry.column)}
              </span>
            ))}
          </li>
        ))}
      </ul>
    );
  const rows = isWhole ? entries : entries.slice(0, firstRows);
  return (
    <div class={`legend table ${placement}`} tabIndex={0} role="region" aria-label="Series" onScroll={showAll}>
      <table>
        <thead>
          <tr>
            <th scope="col" class="legend-action">
              {children ?? <span class="hidden-label">Series</span>}
            </th>
            {calcs.map((calc) => (
              <th scope="col" key={calc}>
                {reducerTitle(calc)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((entry, index) => (
            <tr key={index} class={entry.isSummary ? 'summary' : undefined}>
              <td>{button(entry)}</td>
              {calcs.map((calc) => (
                <td key={calc}>{number(calc, entry.column)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length < entries.length ? (
        <button type="button" class="legend-name" onClick={showAll}>
          Show {entries.length - rows.length} more
        </button>
      ) : null}
    </div>
  );
}

function sortEntries(
  entries: readonly LegendEntry[],
  { sortBy, isDescending, calcs }: Pick<LegendProps, 'sortBy' | 'isDescending' | 'calcs'>,
): readonly LegendEntry[] {
  const calc = calcs.find((each) => reducerTitle(each) === sortBy);
  const reduce = calc === undefined ? () => 0 : reducerOf(calc);
  const sign = isDescending ? -1 : 1;
  return entries
    .map((entry) => ({ entry, value: reduce(entry.column) ?? -Infinity }))
    .toSorted(
      (a, b) =>
        Number(a.entry.isSummary) - Number(b.entry.isSummary) || (a.value === b.value ? 0 : sign * (a.value - b.value)),
    )
    .map(({ entry }) => entry);
}
