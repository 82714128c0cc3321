/** Where snapshots go: one after the other, or each over the one before where a terminal shows them. */
import { styleText } from 'node:util';
import type { Paint, Style } from './table.ts';

export interface Screen {
  /** Shows a text in place of the last. Resolves when it is written. */
  show(text: string): Promise<void>;
}

export interface ScreenOptions {
  readonly stream: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly rows?: number };
  /** Each text over the one before, on a terminal. */
  readonly inPlace: boolean;
}

const escape = '\u001b[';
/** To the top left corner; the rest of a line, and of the screen, is cleared as the text is written, so that nothing flickers. */
const home = `${escape}H`;
const clearLine = `${escape}K`;
const clearBelow = `${escape}J`;
const clearAll = `${escape}2J`;
/** A line that is too long is cut at the edge: wrapped, it would be two. */
const wrapOff = `${escape}?7l`;
const wrapOn = `${escape}?7h`;

export function createScreen({ stream, inPlace }: ScreenOptions): Screen {
  const isOver = inPlace && stream.isTTY === true;
  let isFirst = true;
  // Without a listener the stream would throw what each write reports already.
  stream.on('error', () => undefined);
  return {
    async show(text) {
      if (!isOver) return write(stream, text);
      const start = isFirst ? `${clearAll}${home}` : home;
      isFirst = false;
      const fitting = fit(text, stream.rows).replaceAll('\n', `${clearLine}\n`);
      await write(stream, `${wrapOff}${start}${fitting}${clearBelow}${wrapOn}`);
    },
  };
}

/** What a screen of so many rows can hold (0: it does not say): a longer text would scroll, and the next would not be over it. */
function fit(text: string, rows = 0): string {
  const lines = text.split('\n');
  if (rows === 0 || lines.length <= rows) return text;
  const shown = Math.max(0, rows - 2);
  return `${lines.slice(0, shown).join('\n')}\n${lines.length - 1 - shown} more lines: --metric shows a part\n`;
}

/** Rejects when the reader has gone away (`EPIPE`). */
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

/** Colours for a terminal; none for a pipe, or where `NO_COLOR` is set: https://no-color.org */
export function createPaint(stream: NodeJS.WritableStream): Paint {
  return (style, text) => styleText(formats[style], text, { stream });
}

export const plainPaint: Paint = (_style, text) => text;
