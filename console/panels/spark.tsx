/** A line without axes behind a number. */
import { translucent } from '../charts/colours.ts';
import type { Column } from '../charts/data/columns.ts';

export function Spark({ column, colour }: { readonly column: Column; readonly colour: string }) {
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
