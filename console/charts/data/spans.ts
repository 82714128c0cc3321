/** Spans of time on a chart: the ground behind them is tinted, their ends have lines. */
import type uPlot from 'uplot';
import type { ChartSpan } from '../chart-form.ts';
import { type Ground, namedColour, translucent } from '../colours.ts';

export function drawSpans(plot: uPlot, spans: readonly ChartSpan[], ground: Ground): void {
  const { ctx, bbox } = plot;
  const { min = 0, max = 0 } = plot.scales['x'] ?? {};
  const at = (time: number) => plot.valToPos(Math.min(Math.max(time, min), max), 'x', true);
  ctx.save();
  for (const { from, to = max, colour } of spans) {
    if (to < min || from > max) continue;
    const shown = namedColour(colour, ground);
    const [left, right] = [at(from), at(to)];
    ctx.fillStyle = translucent(shown, 0.13);
    ctx.fillRect(left, bbox.top, Math.max(right - left, devicePixelRatio), bbox.height);
    ctx.fillStyle = translucent(shown, 0.7);
    for (const time of [from, to])
      if (time > min && time < max) ctx.fillRect(Math.round(at(time)), bbox.top, devicePixelRatio, bbox.height);
  }
  ctx.restore();
}
