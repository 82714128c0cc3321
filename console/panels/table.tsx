/** Renders the panel `table`: one row for each set of labels. A click on a heading sorts. */
import { useMemo, useState } from 'preact/hooks';
import { showValue } from '../dashboard/field.ts';
import { fillLink } from '../dashboard/link.ts';
import { objectAt, textAt } from '../dashboard/parse-dashboard.ts';
import { type ColourScheme, namedColour } from '../format/colours.ts';
import { useServices, useStore } from '../hooks/services.ts';
import { Empty } from './empty.tsx';
import { tryAlertsPath } from './panel-links.ts';
import type { PanelProps } from './panel-props.ts';
import { initialSort, sortRows, type TableColumn, type TableRow, type TableSort, tableOf } from './table-data.ts';

export function TablePanel({ panel, answers, selection }: PanelProps) {
  const { theme, navigation } = useServices();
  const scheme = useStore(theme.scheme);
  const { query } = useStore(navigation.address);
  const [sorts, setSorts] = useState(initialSort(panel));
  const table = useMemo(() => tableOf(panel, answers), [panel, answers]);
  const rows = useMemo(() => sortRows(table, sorts), [table, sorts]);
  if (rows.length === 0) return <Empty panel={panel} selection={selection} />;
  const linkOf = ({ field, source, heading }: TableColumn, row: TableRow) => {
    const [link] = field.links;
    if (link === undefined) return tryAlertsPath(heading, row);
    const fields = Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, String(cell ?? '')]));
    const value = fields[source] ?? '';
    if (value === '') return undefined;
    return fillLink(link.url, { query, selection, labels: {}, fields, value });
  };
  /** An alert's row opens the alert, a host's row the host. */
  const rowLinkOf = (row: TableRow) => {
    const links = table.columns.filter(({ kind }) => kind === 'label').map((column) => linkOf(column, row));
    return tryAlertsPath('Alert', row) ?? links.find((each) => each !== undefined);
  };
  const open = (event: MouseEvent, row: TableRow) => {
    const path = rowLinkOf(row);
    const isOwn = event.target instanceof Element && event.target.closest('a') !== null;
    if (path !== undefined && !isOwn && getSelection()?.type !== 'Range') navigation.go(path);
  };
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label={panel.title}>
      <table class="data">
        <thead>
          <tr>
            {table.columns.map(({ heading, kind }) => (
              <th key={heading} scope="col" class={kind} aria-sort={sortState(sorts, heading)}>
                <button
                  type="button"
                  onClick={() => {
                    const before = sorts.find((each) => each.heading === heading);
                    setSorts([
                      { heading, isDescending: before === undefined ? kind === 'value' : !before.isDescending },
                    ]);
                  }}
                >
                  {heading}
                  <span class="sort" aria-hidden="true">
                    {sortMarks[sortState(sorts, heading)]}
                  </span>
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr
              key={index}
              class={rowLinkOf(row) === undefined ? undefined : 'linked'}
              onClick={(event) => open(event, row)}
            >
              {table.columns.map((column) => (
                <TableCell key={column.source} column={column} row={row} scheme={scheme} link={linkOf(column, row)} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface TableCellProps {
  readonly column: TableColumn;
  readonly row: TableRow;
  readonly scheme: ColourScheme;
  readonly link: string | undefined;
}

/** Has its heading as an attribute, because on a phone a row is a card without column headings. */
function TableCell({ column: { source, heading, kind, field }, row, scheme, link }: TableCellProps) {
  const value = row[source];
  if (kind === 'label')
    return (
      <td class="label" data-heading={heading}>
        {link === undefined ? value : <a href={link}>{value}</a>}
      </td>
    );
  const { text, colour } = showValue(field, typeof value === 'number' ? value : undefined);
  const style = textAt(
    objectAt(field.custom['cellOptions'] ?? {}, 'cellOptions')['type'] ?? 'auto',
    'cellOptions.type',
  );
  const shown = colour === undefined ? undefined : namedColour(colour, scheme);
  const { min = 0, max = 100 } = field;
  const share = typeof value === 'number' ? Math.min(Math.max((value - min) / (max - min), 0), 1) : undefined;
  return (
    <td class="value" data-heading={heading}>
      {style === 'gauge' && share !== undefined ? (
        <span class="cell-track">
          <i style={{ width: `${share * 100}%`, background: shown ?? namedColour('blue', scheme) }} />
        </span>
      ) : null}
      <span style={shown !== undefined && style !== 'auto' && style !== 'gauge' ? { color: shown } : {}}>
        {link === undefined || value === 0 ? text : <a href={link}>{text}</a>}
      </span>
    </td>
  );
}

const sortMarks = { ascending: '▴', descending: '▾', none: '' } as const;

function sortState(sorts: readonly TableSort[], heading: string): keyof typeof sortMarks {
  const sort = sorts.find((each) => each.heading === heading);
  if (sort === undefined) return 'none';
  return sort.isDescending ? 'descending' : 'ascending';
}
