/** The axes of a chart: times in the viewer's time zone, values in the panel's unit. */
import type uPlot from 'uplot';
import { formatterOf } from '../format/units.ts';
import type { Axes } from './chart-spec.ts';

interface Ink {
  readonly text: string;
  readonly grid: string;
}

const font =
  '11px -apple-system, "Segoe UI", Roboto, "Noto Sans", Ubuntu, Cantarell, "Helvetica Neue", Arial, sans-serif';
const minute = 60;
const hour = 3_600;
const day = 86_400;

export function chartAxes({ unit }: Axes, { text, grid }: Ink): uPlot.Axis[] {
  const format = formatterOf(unit);
  const look = { stroke: text, font, ticks: { show: false }, grid: { stroke: grid, width: 1 } };
  return [
    { ...look, size: 24, gap: 4, space: 72, values: (_, splits) => timeTexts(splits) },
    {
      ...look,
      size: valueAxisSize,
      gap: 6,
      space: 30,
      ...(isBinary(unit) ? { incrs: binarySteps } : {}),
      values: (_, splits) => valueTexts(splits, format),
    },
  ];
}

/** Axis steps of bytes: powers of two, such as 1, 2 or 4 MiB. */
const binarySteps = Array.from({ length: 62 }, (_, power) => 2 ** power);

function isBinary(unit: string | undefined): boolean {
  return ['bytes', 'bits', 'binBps'].includes(unit ?? '');
}

/** Formats all splits with the same number of decimals, as many as the finest split needs in its unit. */
function valueTexts(splits: readonly number[], format: (value: number, decimals?: number) => string): string[] {
  for (let decimals = 0; decimals < 4; decimals += 1) {
    const texts = splits.map((value) => format(value, decimals));
    const exact = splits.every((value, index) => isExact(texts[index] as string, format(value, 4)));
    if (exact && new Set(texts).size === texts.length) return texts;
  }
  return splits.map((value) => format(value));
}

function isExact(text: string, finer: string): boolean {
  return Math.abs(Number.parseFloat(text) - Number.parseFloat(finer)) < 1e-3;
}

function timeTexts(splits: readonly number[]): string[] {
  const step = (splits[1] ?? 0) - (splits[0] ?? 0);
  const two = (value: number) => String(value).padStart(2, '0');
  return splits.map((seconds) => {
    const date = new Date(seconds * 1_000);
    const clock = `${two(date.getHours())}:${two(date.getMinutes())}`;
    const dayText = `${two(date.getMonth() + 1)}-${two(date.getDate())}`;
    if (step >= day) return dayText;
    if (step >= 6 * hour) return clock === '00:00' ? dayText : `${dayText} ${clock}`;
    if (step >= minute) return clock === '00:00' ? dayText : clock;
    return `${clock}:${two(date.getSeconds())}`;
  });
}

/** Returns the width of the widest value. */
function valueAxisSize(self: uPlot, values: string[] | null, axisIndex: number, cycle: number): number {
  const axis = self.axes[axisIndex] as uPlot.Axis & { _size?: number };
  if (cycle > 1) return axis._size ?? 50;
  const longest = (values ?? []).reduce((longer, text) => (text.length > longer.length ? text : longer), '');
  self.ctx.font = font;
  return Math.max(34, Math.ceil(self.ctx.measureText(longest).width) + 14);
}
