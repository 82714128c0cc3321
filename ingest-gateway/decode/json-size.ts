/** Counts the values of a JSON text before any of them is built: two bytes of text can become an object of sixty bytes. */
import { HttpProblem } from '../../common/http/problem.ts';

export interface JsonSize {
  /** Objects, lists, and their members and entries; at least the number of values. */
  readonly values: number;
  /** The deepest nesting of objects and lists. */
  readonly depth: number;
}

export interface JsonLimits {
  readonly maxValues: number;
  readonly maxDepth: number;
}

const codes = {
  quote: 0x22,
  comma: 0x2c,
  backslash: 0x5c,
  open: 0x5b,
  close: 0x5d,
  openObject: 0x7b,
  closeObject: 0x7d,
};

/** Throws an `HttpProblem`: 413 for a text with too many values, 400 for one that is nested too deep. */
export function checkJson(text: Uint8Array, { maxValues, maxDepth }: JsonLimits): void {
  const { values, depth } = measureJson(text, { maxValues, maxDepth });
  if (values > maxValues) throw new HttpProblem(413, `the body holds more than ${maxValues} values`);
  if (depth <= maxDepth) return;
  throw new HttpProblem(400, 'the body is not valid', {
    errors: [{ path: 'body', message: `expected lists and objects nested at most ${maxDepth} deep` }],
  });
}

/** Returns the size of the text, and stops soon after a limit is exceeded. Does not check the syntax. */
export function measureJson(text: Uint8Array, { maxValues, maxDepth }: JsonLimits): JsonSize {
  let [values, depth, deepest, at] = [1, 0, 0, 0];
  while (at < text.length && values <= maxValues && deepest <= maxDepth) {
    const code = text[at++];
    if (code === codes.comma) values += 1;
    else if (code === codes.quote) at = endOfString(text, at);
    else if (code === codes.open || code === codes.openObject) {
      values += 1;
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (code === codes.close || code === codes.closeObject) depth -= 1;
  }
  return { values, depth: deepest };
}

/** Returns the position behind the closing quote of the string whose content starts at `start`. */
function endOfString(text: Uint8Array, start: number): number {
  let at = start;
  for (;;) {
    const quote = text.indexOf(codes.quote, at);
    if (quote === -1) return text.length;
    let before = quote;
    while (before > start && text[before - 1] === codes.backslash) before -= 1;
    if ((quote - before) % 2 === 0) return quote + 1;
    at = quote + 1;
  }
}
