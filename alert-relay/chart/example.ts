/** Draws a sample picture, with which `hostpulse relay test` checks that a channel can show pictures. */
import type { Message } from '../text/message.ts';
import { renderChart } from './chart.ts';
import type { Picture } from './picture.ts';
import { createRaster } from './raster.ts';
import { stepMs } from './series.ts';

const hourMs = 3_600_000;

export async function drawExample({ renderedAtMs: endMs, timeZone }: Message, signal: AbortSignal): Promise<Picture> {
  const startMs = endMs - hourMs;
  const points = Array.from({ length: hourMs / stepMs + 1 }, (_, at) => {
    const share = (at * stepMs) / hourMs;
    return [startMs + at * stepMs, 40 + 45 * share ** 3 + 8 * Math.sin(share * 30)] as const;
  });
  const svg = renderChart({
    tone: 'notice',
    isFiring: true,
    title: 'Example: nothing is wrong',
    subtitle: 'invented data, in percent',
    value: 'test',
    threshold: { value: 80, label: 'threshold 80 %' },
    unit: 'percent',
    startMs,
    endMs,
    stepMs,
    firing: { startMs: endMs - 5 * 60_000, endMs },
    lines: [{ role: 'own', points }],
    timeZone,
  });
  const raster = createRaster();
  try {
    return { png: await raster.render(svg, signal), alt: 'An example picture with invented data.' };
  } finally {
    raster.stop();
  }
}
