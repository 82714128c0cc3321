/** Panel `table`: one row for each set of labels. A click on a heading sorts. */
import { useMemo, useState } from 'preact/hooks';
import { namedColour } from '../charts/colours.ts';
import type { ColourScheme } from '../charts/slot-colours.ts';
import { showValue } from '../dashboard/field.ts';
import { fillLink } from '../dashboard/link.ts';
import { objectAt, textAt } from '../dashboard/parse-dashboard.ts';
import { useServices, useStore } from '../hooks/services.ts';
import { Empty, type PanelProps } from './panel-props.tsx';
import { firstSort, sortRows, type TableColumn, type TableRow, tableOf } from './table-data.ts';

export function TablePanel({ panel, answers, selection }: PanelProps) {
  const { theme, navigation } = useServices();
  const scheme = useStore(theme.scheme);
  const { query } = useStore(navigation.address);
  const [sort, setSort] = useState(firstSort(panel));
  const table = useMemo(() => tableOf(panel, answers), [panel, answers]);
  const rows = useMemo(() => sortRows(table, sort), [table, sort]);
  if (rows.length === 0) return <Empty panel={panel} />;
  const linkOf = ({ field, source }: TableColumn, row: TableRow) => {
    const [link] = field.links;
    if (link === undefined) return undefined;
    const fields = Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, String(cell ?? '')]));
    const value = fields[source] ?? '';
    if (value === '') return undefined;
    return fillLink(link.url, { query, selection, labels: {}, fields, value });
  };
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label={panel.title}>
      <table class="data">
        <thead>
          <tr>
            {table.columns.map(({ heading, kind }) => (
              <th key={heading} scope="col" class={kind} aria-sort={sortState(sort, heading)}>
                <button
                  type="button"
                  onClick={() =>
                    setSort({
                      heading,
                      isDescending: sort?.heading === heading ? !sort.isDescending : kind === 'value',
                    })
                  }
                >
                  {heading}
                  <span class="sort" aria-hidden="true">
                    {sort?.heading === heading ? (sort.isDescending ? '▾' : '▴') : ''}
                  </span>
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
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
      <span style={shown !== undefined && style !== 'auto' && style !== 'gauge' ? { color: shown } : {}}>{text}</span>
    </td>
  );
}

function sortState(sort: ReturnType<typeof firstSort>, heading: string): 'ascending' | 'descending' | 'none' {
  if (sort?.heading !== heading) return 'none';
  return sort.isDescending ? 'descending' : 'ascending';
}
