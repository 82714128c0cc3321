/** Predicates on label bytes in place, without allocating strings. */
import { isUtf8 } from 'node:buffer';

/** 1 for each allowed byte. */
export type ByteClass = Uint8Array;

/** Label names, first byte and others: letters and `_`, then digits too. */
export const labelClasses = [classOf(/[a-zA-Z_]/), classOf(/[a-zA-Z0-9_]/)] as const;
/** Metric names: colons too. */
export const metricClasses = [classOf(/[a-zA-Z_:]/), classOf(/[a-zA-Z0-9_:]/)] as const;

function classOf(pattern: RegExp): ByteClass {
  return Uint8Array.from({ length: 256 }, (_, code) => (code < 128 && pattern.test(String.fromCharCode(code)) ? 1 : 0));
}

/** Returns whether the bytes from `start` to `end` are a name of these classes. */
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

/** Returns whether the bytes from `start` to `end` are UTF-8. */
export function isText(bytes: Uint8Array, start: number, end: number): boolean {
  let bits = 0;
  for (let at = start; at < end; at++) bits |= bytes[at] as number;
  return bits < 0x80 || isUtf8(bytes.subarray(start, end));
}

/** Returns whether the bytes from `start` to `end` equal the text. */
export function isBytes(bytes: Uint8Array, start: number, end: number, text: Uint8Array): boolean {
  if (end - start !== text.length) return false;
  for (let at = 0; at < text.length; at++) if (bytes[start + at] !== text[at]) return false;
  return true;
}

/** Returns whether the bytes from `aStart` to `aEnd` are repeated at `bStart`. */
export function isRepeated(bytes: Uint8Array, aStart: number, aEnd: number, bStart: number): boolean {
  const shift = bStart - aStart;
  for (let at = aStart; at < aEnd; at++) if (bytes[at] !== bytes[at + shift]) return false;
  return true;
}

/** Returns a number below 0 when the first range sorts before the second, 0 when they are equal. */
export function compareBytes(bytes: Uint8Array, aStart: number, aEnd: number, bStart: number, bEnd: number): number {
  const length = Math.min(aEnd - aStart, bEnd - bStart);
  for (let at = 0; at < length; at++) {
    const difference = (bytes[aStart + at] as number) - (bytes[bStart + at] as number);
    if (difference !== 0) return difference;
  }
  return aEnd - aStart - (bEnd - bStart);
}
