/** Panel `stat`: one large number, or several, coloured by thresholds, with an optional sparkline. */

import type { Column } from '../api/promql.ts';
import { showValue } from '../dashboard/field.ts';
import { fillLink } from '../dashboard/link.ts';
import { namedColour, translucent } from '../format/colours.ts';
import { useServices, useStore } from '../hooks/services.ts';
import { Empty } from './empty.tsx';
import { tryTilePath } from './panel-links.ts';
import type { PanelProps } from './panel-props.ts';
import { numbersOf } from './timeseries-data.ts';

/** More numbers would be too small to read. */
const maxNumbers = 24;

export function StatPanel({ panel, answers, selection }: PanelProps) {
  const { theme, navigation } = useServices();
  const { query } = useStore(navigation.address);
  const scheme = useStore(theme.scheme);
  const numbers = numbersOf(panel, answers);
  if (numbers.length === 0) return <Empty panel={panel} selection={selection} />;
  const { graphMode, colorMode, textMode } = panel.options;
  const isNamed = textMode === 'value_and_name' || textMode === 'name' || (textMode !== 'value' && numbers.length > 1);
  const [more] = panel.links;
  const path =
    tryTilePath(panel, selection) ??
    (more === undefined ? undefined : fillLink(more.url, { query, selection, labels: {}, fields: {} }));
  return (
    <div class={numbers.length === 1 ? 'stats one' : 'stats'}>
      {path === undefined ? null : <a class="stat-link" href={path} aria-label={`Open ${panel.title}`} />}
      {numbers.slice(0, maxNumbers).map(({ name, value, column, field }, index) => {
        const { text, colour } = showValue(field, value);
        const shown = colour === undefined || colorMode === 'none' ? undefined : namedColour(colour, scheme);
        return (
          <div class="stat" key={index}>
            {graphMode === 'area' && column.length > 1 ? (
              <Spark column={column} colour={shown ?? namedColour('blue', scheme)} />
            ) : null}
            <StatText text={textMode === 'name' ? name : text} colour={shown} />
            {isNamed && textMode !== 'name' ? <span class="stat-name">{name}</span> : null}
          </div>
        );
      })}
    </div>
  );
}

/** The number in large type, its unit in small type. */
function StatText({ text, colour }: { readonly text: string; readonly colour: string | undefined }) {
  const [, number = text, unit = ''] = /^(-?[\d.]+)(.*)$/.exec(text) ?? [];
  const isText = number === text && /\s/.test(text);
  return (
    <span class={isText ? 'stat-value text' : 'stat-value'} style={colour === undefined ? {} : { color: colour }}>
      {number}
      {unit === '' ? null : <small>{unit}</small>}
    </span>
  );
}

function Spark({ column, colour }: { readonly column: Column; readonly colour: string }) {
  const values = column.filter((value) => value !== null);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const height = (value: number) => (high === low ? 50 : 95 - ((value - low) / (high - low)) * 90);
  const last = column.length - 1;
  const points = column.flatMap((value, index) =>
    value === null ? [] : [`${((index / last) * 100).toFixed(2)},${height(value).toFixed(1)}`],
  );
  return (
    <svg class="spark" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
      <polygon points={`0,100 ${points.join(' ')} 100,100`} fill={translucent(colour, 0.14)} />
      <polyline points={points.join(' ')} fill="none" stroke={colour} vector-effect="non-scaling-stroke" />
    </svg>
  );
}
