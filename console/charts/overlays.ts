/** Draws the overlays of a chart: highlighted periods, thresholds, and marks of alerts. */
import type uPlot from 'uplot';
import type { Mark } from '../dashboard/queries/panel-queries.ts';
import type { ChartSpan, ChartSpec } from './chart-data.ts';
import { namedColour, translucent } from './colours.ts';
import type { ColourScheme } from './slot-colours.ts';

/** Draws a line at each threshold, or fills the area above it. */
export function drawThresholds(plot: uPlot, { thresholds, thresholdStyle, scheme }: ChartSpec): void {
  if (thresholdStyle === 'off') return;
  const { ctx, bbox } = plot;
  const { min = 0, max = 1 } = plot.scales['y'] ?? {};
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const [index, { from, colour }] of thresholds.entries()) {
    if (from === -Infinity || from > max || from < min) continue;
    const y = Math.round(plot.valToPos(from, 'y', true));
    const shown = namedColour(colour, scheme);
    if (thresholdStyle === 'area') {
      const next = Math.min(thresholds[index + 1]?.from ?? max, max);
      const top = plot.valToPos(next, 'y', true);
      ctx.fillStyle = translucent(shown, 0.12);
      ctx.fillRect(bbox.left, top, bbox.width, y - top);
    }
    ctx.strokeStyle = translucent(shown, 0.8);
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([6 * devicePixelRatio, 5 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
  }
  ctx.restore();
}

/** The lines of more marks would hide the data. */
const maxMarkLines = 6;

/** Draws a small triangle at the start of each alert, and a thin line if the marks are few. */
export function drawMarks(plot: uPlot, marks: readonly Mark[], colour: string): void {
  const { ctx, bbox } = plot;
  const { min = 0, max = 0 } = plot.scales['x'] ?? {};
  const unit = devicePixelRatio;
  const bottom = bbox.top + bbox.height;
  ctx.save();
  ctx.strokeStyle = translucent(colour, 0.7);
  ctx.fillStyle = colour;
  ctx.lineWidth = unit;
  ctx.setLineDash([3 * unit, 3 * unit]);
  const visible = marks.filter(({ timeMs }) => timeMs / 1_000 >= min && timeMs / 1_000 <= max);
  if (visible.length > maxMarkLines) ctx.strokeStyle = translucent(colour, 0.2);
  for (const { timeMs } of visible) {
    const x = Math.round(plot.valToPos(timeMs / 1_000, 'x', true));
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bottom);
    ctx.stroke();
    ctx.beginPath();
    ctx.moveTo(x - 4 * unit, bottom);
    ctx.lineTo(x + 4 * unit, bottom);
    ctx.lineTo(x, bottom - 6 * unit);
    ctx.fill();
  }
  ctx.restore();
}

export function drawSpans(plot: uPlot, spans: readonly ChartSpan[], scheme: ColourScheme): void {
  const { ctx, bbox } = plot;
  const { min = 0, max = 0 } = plot.scales['x'] ?? {};
  const at = (time: number) => plot.valToPos(Math.min(Math.max(time, min), max), 'x', true);
  ctx.save();
  for (const { from, to = max, colour } of spans) {
    if (to < min || from > max) continue;
    const shown = namedColour(colour, scheme);
    const [left, right] = [at(from), at(to)];
    ctx.fillStyle = translucent(shown, 0.13);
    ctx.fillRect(left, bbox.top, Math.max(right - left, devicePixelRatio), bbox.height);
    ctx.fillStyle = translucent(shown, 0.7);
    for (const time of [from, to])
      if (time > min && time < max) ctx.fillRect(Math.round(at(time)), bbox.top, devicePixelRatio, bbox.height);
  }
  ctx.restore();
}
