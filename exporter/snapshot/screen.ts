/** Writes snapshots to a stream: one after the other, or on a terminal each over the previous one. */
import { styleText } from 'node:util';
import type { Paint, Style } from './table.ts';

export interface Screen {
  /** Resolves when the text is written. Rejects when the reader has gone (`EPIPE`). */
  show(text: string): Promise<void>;
}

export interface ScreenOptions {
  readonly stream: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly rows?: number };
  /** On a terminal, overwrite the previous text. */
  readonly inPlace: boolean;
}

const escape = '\u001b[';
/** Moves to the top left corner. Lines are cleared as they are written, which avoids flicker. */
const home = `${escape}H`;
const clearLine = `${escape}K`;
const clearBelow = `${escape}J`;
const clearAll = `${escape}2J`;
/** Cuts long lines at the edge instead of wrapping them. */
const wrapOff = `${escape}?7l`;
const wrapOn = `${escape}?7h`;

export function createScreen({ stream, inPlace }: ScreenOptions): Screen {
  const isOverwriting = inPlace && stream.isTTY === true;
  let isFirst = true;
  // `write` reports errors; without a listener the stream would also throw them.
  stream.on('error', () => undefined);
  return {
    async show(text) {
      if (!isOverwriting) return write(stream, text);
      const start = isFirst ? `${clearAll}${home}` : home;
      isFirst = false;
      const fitting = fit(text, stream.rows).replaceAll('\n', `${clearLine}\n`);
      await write(stream, `${wrapOff}${start}${fitting}${clearBelow}${wrapOn}`);
    },
  };
}

/** Cuts the text to the screen's rows (0: unknown), because a longer text would scroll. */
function fit(text: string, rows = 0): string {
  const lines = text.split('\n');
  if (rows === 0 || lines.length <= rows) return text;
  const shown = Math.max(0, rows - 2);
  return `${lines.slice(0, shown).join('\n')}\n${lines.length - 1 - shown} more lines: --metric shows a part\n`;
}

function write(stream: NodeJS.WritableStream, text: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  stream.write(text, (error) => {
    if (error === undefined || error === null) resolve();
    else reject(error);
  });
  return promise;
}

type Format = Parameters<typeof styleText>[0];

const formats: Readonly<Record<Style, Format>> = {
  title: 'bold',
  heading: ['bold', 'cyan'],
  faint: 'dim',
  warning: 'yellow',
  critical: 'red',
};

/** Returns colours for a terminal, and plain text for a pipe or with `NO_COLOR`: https://no-color.org */
export function createPaint(stream: NodeJS.WritableStream): Paint {
  return (style, text) => styleText(formats[style], text, { stream });
}

export const plainPaint: Paint = (_style, text) => text;
