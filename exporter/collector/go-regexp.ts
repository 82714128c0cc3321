/**
 * Regular expressions as node_exporter's users write them (Go's RE2 syntax), for JavaScript's engine.
 * What both engines read alike passes through; what only Go knows is translated or refused, never read differently.
 * Source: https://github.com/google/re2/wiki/Syntax
 */
import { quote } from '../procfs/parse.ts';

const leadingFlags = /^\(\?([a-zA-Z]+)\)/;
const onlyInGo = /\[\[:|\\[QEpPC]|\\x\{|\(\?[imsU-]*\)|\(\?[imsU-]*U/;
const escape = /\\(.)/gs;
/** What may follow a backslash under the `u` flag. */
const knownEscape = /[\^$\\.*+?()[\]{}|/\-dDwWsSbBnrtfv0-9xu]/;

/** Throws an Error that quotes the pattern and says what is wrong with it. */
export function compileGoRegexp(pattern: string): RegExp {
  const flags = leadingFlags.exec(pattern)?.[1] ?? '';
  const rest = flags === '' ? pattern : pattern.slice(flags.length + 3);
  if (/[^ims]/.test(flags) || onlyInGo.test(rest)) {
    throw new Error(`expected a regular expression without Go's own classes and flags, got ${quote(pattern)}`);
  }
  try {
    return new RegExp(translateEscapes(rest), `${flags}u`);
  } catch (cause) {
    throw new Error(`expected a regular expression, got ${quote(pattern)}`, { cause });
  }
}

/** `\A` and `\z` become anchors; a punctuation mark that JavaScript would not escape (`\-`, `\:`) becomes itself. */
function translateEscapes(pattern: string): string {
  return pattern.replaceAll(escape, (whole, character: string) => {
    if (character === 'A') return '(?<![^])';
    if (character === 'z') return '(?![^])';
    if (character === '-') return '\\x2d';
    if (knownEscape.test(character) || /[A-Za-z]/.test(character)) return whole;
    return character;
  });
}

/** A flag's check: throws as {@link compileGoRegexp} does. */
export function checkGoRegexp(pattern: string): void {
  compileGoRegexp(pattern);
}
