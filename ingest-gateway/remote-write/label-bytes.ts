/** Tests of labels where they stand in a request, without making a text of anything. */
import { isUtf8 } from 'node:buffer';

/** For each byte 1 where it may stand there. */
export type ByteClass = Uint8Array;

/** Names of labels: letters and `_`, with digits after the first. */
export const labelClasses = [classOf(/[a-zA-Z_]/), classOf(/[a-zA-Z0-9_]/)] as const;
/** Names of metrics, which may hold colons. */
export const metricClasses = [classOf(/[a-zA-Z_:]/), classOf(/[a-zA-Z0-9_:]/)] as const;

function classOf(pattern: RegExp): ByteClass {
  return Uint8Array.from({ length: 256 }, (_, code) => (code < 128 && pattern.test(String.fromCharCode(code)) ? 1 : 0));
}

/** What stands from `start` to `end` is a name of that class. */
export function isName(
  bytes: Uint8Array,
  start: number,
  end: number,
  [first, others]: readonly [ByteClass, ByteClass],
): boolean {
  if (start === end || first[bytes[start] as number] === 0) return false;
  let good = 1;
  for (let at = start + 1; at < end; at++) good &= others[bytes[at] as number] as number;
  return good === 1;
}

export function isText(bytes: Uint8Array, start: number, end: number): boolean {
  let bits = 0;
  for (let at = start; at < end; at++) bits |= bytes[at] as number;
  return bits < 0x80 || isUtf8(bytes.subarray(start, end));
}

/** What stands from `start` to `end` is the text. */
export function isBytes(bytes: Uint8Array, start: number, end: number, text: Uint8Array): boolean {
  if (end - start !== text.length) return false;
  for (let at = 0; at < text.length; at++) if (bytes[start + at] !== text[at]) return false;
  return true;
}

/** The same bytes stand from `aStart` to `aEnd` as from `bStart` on. */
export function isRepeated(bytes: Uint8Array, aStart: number, aEnd: number, bStart: number): boolean {
  const shift = bStart - aStart;
  for (let at = aStart; at < aEnd; at++) if (bytes[at] !== bytes[at + shift]) return false;
  return true;
}

/** Below 0 where the first stands before the second in the order of bytes, 0 where they are the same. */
export function compareBytes(bytes: Uint8Array, aStart: number, aEnd: number, bStart: number, bEnd: number): number {
  const length = Math.min(aEnd - aStart, bEnd - bStart);
  for (let at = 0; at < length; at++) {
    const difference = (bytes[aStart + at] as number) - (bytes[bStart + at] as number);
    if (difference !== 0) return difference;
  }
  return aEnd - aStart - (bEnd - bStart);
}
