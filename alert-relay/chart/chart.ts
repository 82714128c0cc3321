/** Draws a chart as SVG: an opaque card that is readable on light and dark backgrounds. */
import { type Markup, markup } from '../text/markup.ts';
import { type Tone, toneColours, zoneName } from '../text/text.ts';
import { type Tick, timeTicks, type ValueAxis, valueAxis } from './axis.ts';
import { pictureSize } from './picture.ts';
import { fitText, textWidth } from './text-width.ts';

export type Point = readonly [timeMs: number, value: number];

export interface ChartLine {
  /** `own`: the worst alert's series, at most one. `alike`: series of the group's other alerts. `other`: for comparison. */
  readonly role: 'own' | 'alike' | 'other';
  /** In order of time. Values may be NaN or infinite. */
  readonly points: readonly Point[];
}

export interface Chart {
  /** Colour of the firing alert. */
  readonly tone: Tone;
  readonly isFiring: boolean;
  readonly title: string;
  readonly subtitle: string;
  /** The formatted value. Undefined: the status is shown instead. */
  readonly value: string | undefined;
  readonly threshold: { readonly value: number; readonly label: string } | undefined;
  readonly unit: string | undefined;
  readonly startMs: number;
  readonly endMs: number;
  /** Time between two points. Longer gaps interrupt the line. */
  readonly stepMs: number;
  readonly firing: { readonly startMs: number; readonly endMs: number };
  readonly lines: readonly ChartLine[];
  readonly timeZone: string;
}

const colours = { card: '#ffffff', edge: '#d1d5db', ink: '#1f2937', pale: '#4b5563', grid: '#e5e7eb', line: '#1d4ed8' };
const { width, height } = pictureSize;
const side = 20;
const plotTop = 82;
const plotBottom = height - 38;
/** Large enough for a phone, which shows the picture at half its size. */
const tickSize = 13;
const titleSize = 17;

interface Scale {
  readonly left: number;
  readonly x: (timeMs: number) => number;
  readonly y: (value: number) => number;
}

/** Throws if no line has a finite value. */
export function renderChart(chart: Chart): string {
  const axis = valueAxis({ ...rangeOf(chart), unit: chart.unit });
  const scale = scaleOf(chart, axis);
  return markup`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="DejaVu Sans">
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="${colours.card}" stroke="${colours.edge}"/>
${headOf(chart)}${gridOf(axis, scale)}${firingOf(chart, scale)}${timesOf(chart, scale)}${linesOf(chart, scale)}${thresholdOf(chart, scale)}</svg>
`.html;
}

function rangeOf({ lines, threshold }: Chart): { readonly low: number; readonly high: number } {
  const values = lines.flatMap(({ points }) => points.map(([, value]) => value)).filter(Number.isFinite);
  if (values.length === 0) throw new Error('there is nothing to draw');
  const all = threshold === undefined ? values : [...values, threshold.value];
  return { low: all.reduce((a, b) => Math.min(a, b)), high: all.reduce((a, b) => Math.max(a, b)) };
}

function scaleOf({ startMs, endMs }: Chart, { low, high, ticks }: ValueAxis): Scale {
  const labels = ticks.map(({ label }) => textWidth(label, { size: tickSize, weight: 'normal' }));
  const left = side + Math.max(...labels) + 8;
  const right = width - side;
  return {
    left,
    x: (timeMs) => left + ((timeMs - startMs) / (endMs - startMs)) * (right - left),
    y: (value) => plotBottom - ((value - low) / (high - low)) * (plotBottom - plotTop),
  };
}

function headOf({ title, subtitle, value, tone, isFiring, startMs, endMs, timeZone }: Chart): Markup {
  const bold = { size: titleSize, weight: 'bold' } as const;
  const small = { size: tickSize, weight: 'normal' } as const;
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' });
  const span = `${format.format(startMs)} – ${format.format(endMs)} ${zoneName(endMs, timeZone)}`;
  const right = value ?? (isFiring ? 'firing' : 'resolved');
  const colour = toneColours[isFiring ? tone : 'resolved'];
  const titleRoom = width - 2 * side - textWidth(right, bold) - 16;
  const subtitleRoom = width - 2 * side - textWidth(span, small) - 16;
  return markup`<text x="${side}" y="31" font-size="${titleSize}" font-weight="bold" fill="${colours.ink}">${fitText(title, { ...bold, room: titleRoom })}</text>
<text x="${width - side}" y="31" font-size="${titleSize}" font-weight="bold" text-anchor="end" fill="${colour}">${right}</text>
<text x="${side}" y="52" font-size="${tickSize}" fill="${colours.pale}">${fitText(subtitle, { ...small, room: subtitleRoom })}</text>
<text x="${width - side}" y="52" font-size="${tickSize}" text-anchor="end" fill="${colours.pale}">${span}</text>
`;
}

function gridOf({ ticks }: ValueAxis, { left, y }: Scale): Markup {
  const marks = ticks.map(
    ({ at, label }) =>
      markup`<path d="M${px(left)} ${px(y(at))}H${width - side}" stroke="${colours.grid}"/><text x="${px(left - 8)}" y="${px(y(at) + 4.5)}" font-size="${tickSize}" text-anchor="end" fill="${colours.pale}">${label}</text>
`,
  );
  return markup`${marks}`;
}

function firingOf({ firing, startMs, endMs, tone }: Chart, { x }: Scale): Markup {
  const from = x(Math.max(firing.startMs, startMs));
  const to = x(Math.min(firing.endMs, endMs));
  if (to < from) return markup``;
  const colour = toneColours[tone];
  const edges = [...(firing.startMs > startMs ? [from] : []), ...(firing.endMs < endMs ? [to] : [])].map(
    (at) => markup`<path d="M${px(at)} ${plotTop}V${plotBottom}" stroke="${colour}" stroke-opacity="0.45"/>`,
  );
  const anchor = to - from < 40 && from > width / 2 ? ([to, 'end'] as const) : ([from, 'start'] as const);
  const label = markup`<text x="${px(anchor[0])}" y="${plotTop - 5}" font-size="12" text-anchor="${anchor[1]}" fill="${colour}">firing</text>`;
  return markup`<rect x="${px(from)}" y="${plotTop}" width="${px(Math.max(1, to - from))}" height="${plotBottom - plotTop}" fill="${colour}" fill-opacity="0.1"/>${edges}${label}
`;
}

function timesOf(chart: Chart, { left, x }: Scale): Markup {
  const marks = timeTicks(chart).map(({ at, label }: Tick) => {
    const half = textWidth(label, { size: tickSize, weight: 'normal' }) / 2;
    const middle = Math.min(Math.max(x(at), left - 8 + half), width - side - half + 8);
    return markup`<path d="M${px(x(at))} ${plotBottom}v4" stroke="${colours.edge}"/><text x="${px(middle)}" y="${plotBottom + 20}" font-size="${tickSize}" text-anchor="middle" fill="${colours.pale}">${label}</text>
`;
  });
  return markup`<path d="M${px(left)} ${plotBottom}H${width - side}" stroke="${colours.edge}"/>${marks}`;
}

const strokes = {
  other: { colour: '#9ca3af', width: 1, opacity: 0.7 },
  alike: { colour: colours.line, width: 1, opacity: 0.4 },
  own: { colour: colours.line, width: 2, opacity: 1 },
} as const;

/** Draws the alert's own line last, on top of the others. */
function linesOf({ lines, stepMs, tone, isFiring }: Chart, { x, y }: Scale): Markup {
  const drawn = (['other', 'alike', 'own'] as const).flatMap((role) =>
    lines
      .filter((line) => line.role === role)
      .map(({ points }) => {
        const { colour, width: stroke, opacity } = strokes[role];
        const path = pathOf(points, { stepMs, x, y });
        return markup`<path d="${path}" fill="none" stroke="${colour}" stroke-width="${stroke}" stroke-opacity="${opacity}" stroke-linejoin="round" stroke-linecap="round"/>
`;
      }),
  );
  const last = lines.find(({ role }) => role === 'own')?.points.findLast(([, value]) => Number.isFinite(value));
  if (last === undefined) return markup`${drawn}`;
  const colour = toneColours[isFiring ? tone : 'resolved'];
  return markup`${drawn}<circle cx="${px(x(last[0]))}" cy="${px(y(last[1]))}" r="4" fill="${colour}" stroke="${colours.card}" stroke-width="1.5"/>
`;
}

/** Returns the SVG path of a line. An isolated point becomes a line of length zero, which the round caps draw as a dot. */
function pathOf(
  points: readonly Point[],
  { stepMs, x, y }: { readonly stepMs: number } & Pick<Scale, 'x' | 'y'>,
): string {
  let path = '';
  let previousMs = Number.NEGATIVE_INFINITY;
  for (const [timeMs, value] of points) {
    if (!Number.isFinite(value)) continue;
    const isJoined = timeMs - previousMs <= stepMs * 2.5;
    path += `${isJoined ? 'L' : `M${px(x(timeMs))} ${px(y(value))}L`}${px(x(timeMs))} ${px(y(value))}`;
    previousMs = timeMs;
  }
  return path;
}

/** Places the label where it hides the fewest points. */
function thresholdOf(chart: Chart, scale: Scale): Markup {
  const { threshold, tone } = chart;
  if (threshold === undefined) return markup``;
  const { left, y } = scale;
  const at = y(threshold.value);
  const colour = toneColours[tone];
  const { x, baseline } = labelPlace(chart, scale, { at, label: threshold.label });
  return markup`<path d="M${px(left)} ${px(at)}H${width - side}" stroke="${colour}" stroke-width="1.5" stroke-dasharray="6 4"/><text x="${px(x)}" y="${px(baseline)}" font-size="${tickSize}" font-weight="bold" fill="${colour}" stroke="${colours.card}" stroke-width="3" stroke-linejoin="round" paint-order="stroke">${threshold.label}</text>
`;
}

interface Place {
  readonly x: number;
  readonly baseline: number;
}

/** Returns the best place above or below the threshold: left, middle or right. */
function labelPlace(
  { lines }: Chart,
  { left, x, y }: Scale,
  { at, label }: { readonly at: number; readonly label: string },
): Place {
  const room = textWidth(label, { size: tickSize, weight: 'bold' }) + 8;
  const drawn = lines.flatMap(({ points, role }) =>
    points.map(([timeMs, value]) => ({ x: x(timeMs), y: y(value), weight: role === 'own' ? 2 : 1 })),
  );
  const hidden = (place: Place): number =>
    drawn
      .filter(
        (point) => point.x > place.x - 6 && point.x < place.x + room && Math.abs(point.y - place.baseline + 5) < 12,
      )
      .reduce((sum, { weight }) => sum + weight, 0);
  const places = [left + 6, left + 6 + (width - side - left - room) / 2, width - side - room - 8].flatMap((from) =>
    [at - 7, at + tickSize + 4]
      .filter((baseline) => baseline - tickSize > plotTop - 4 && baseline < plotBottom - 2)
      .map((baseline) => ({ x: from, baseline })),
  );
  const [first = { x: left + 6, baseline: at - 7 }, ...others] = places;
  return others.reduce((best, place) => (hidden(place) < hidden(best) ? place : best), first);
}

/** Rounds to hundredths of a pixel. */
function px(value: number): number {
  return Math.round(value * 100) / 100;
}
