/**
 * Renders panels of current values, coloured by thresholds. `stat` and `gauge`: one large number, or several, with an optional
 * sparkline. `bargauge`: one bar for each series in the order of the query.
 */
import type { Column, Labels } from '../api/promql.ts';
import { reducerOf } from '../charts/reduce.ts';
import { type Field, fieldOf, showValue } from '../dashboard/field.ts';
import { fillLink } from '../dashboard/link.ts';
import type { Panel } from '../dashboard/model.ts';
import { listAt, objectAt } from '../dashboard/parse-dashboard.ts';
import type { Answer } from '../dashboard/queries/panel-queries.ts';
import { namedColour, translucent } from '../format/colours.ts';
import { useServices, useStore } from '../hooks/services.ts';
import { Empty } from './empty.tsx';
import { tryTilePath } from './panel-links.ts';
import type { PanelProps } from './panel-props.ts';
import { namedSeries } from './timeseries-data.ts';

interface PanelNumber {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number | undefined;
  /** The column that `value` was reduced from. */
  readonly column: Column;
  readonly field: Field;
}

/** Reduces each series of a panel to one number, for stats and bars. */
function numbersOf(panel: Panel, answers: readonly Answer[]): readonly PanelNumber[] {
  const { calcs } = objectAt(panel.options['reduceOptions'] ?? {}, 'options.reduceOptions');
  const [calc = 'lastNotNull'] = listAt(calcs, 'options.reduceOptions.calcs').map(String);
  const reduce = reducerOf(calc);
  return namedSeries(panel, answers).map(({ name, refId, labels, column }) => {
    const field = fieldOf(panel.fieldConfig, { name, refId });
    return { name: field.displayName ?? name, labels, value: reduce(column), column, field };
  });
}

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

/** Renders the number in large type and its unit in small type. */
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

export function BarGaugePanel({ panel, answers, selection }: PanelProps) {
  const { theme, navigation } = useServices();
  const scheme = useStore(theme.scheme);
  const { query } = useStore(navigation.address);
  const numbers = numbersOf(panel, answers);
  if (numbers.length === 0) return <Empty panel={panel} selection={selection} />;
  const greatest = Math.max(...numbers.map(({ value = 0 }) => value), 0);
  return (
    <div class="bars" tabIndex={0} role="region" aria-label={panel.title}>
      {numbers.map(({ name, labels, value, field }, index) => {
        const { text, colour } = showValue(field, value);
        const { min = 0, max = greatest, links } = field;
        const share = value === undefined || max <= min ? 0 : Math.min(Math.max((value - min) / (max - min), 0), 1);
        const [link] = links;
        const title =
          link === undefined ? name : <a href={fillLink(link.url, { query, selection, labels, fields: {} })}>{name}</a>;
        return (
          <div class="bar" key={index}>
            <span class="bar-name" title={name}>
              {title}
            </span>
            <span class="bar-track">
              <i style={{ width: `${share * 100}%`, background: namedColour(colour ?? 'blue', scheme) }} />
            </span>
            <span class="bar-value">{text}</span>
          </div>
        );
      })}
    </div>
  );
}
