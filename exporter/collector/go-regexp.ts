/**
 * Compiles Go regular expressions (RE2 syntax), which node_exporter's flags take, for JavaScript's engine. Syntax that both
 * engines share passes through; syntax of Go alone is translated or rejected.
 * Source: https://github.com/google/re2/wiki/Syntax
 */
import { quote } from '../procfs/host-file.ts';

const leadingFlags = /^\(\?([a-zA-Z]+)\)/;
const onlyInGo = /\[\[:|\\[QEpPC]|\\x\{|\(\?[imsU-]*\)|\(\?[imsU-]*U/;
const escape = /\\(.)/gs;
/** Characters that may follow a backslash under the `u` flag. */
const knownEscape = /[\^$\\.*+?()[\]{}|/\-dDwWsSbBnrtfv0-9xu]/;

/** Throws an Error that quotes the pattern and names the fault. */
export function compileGoRegexp(pattern: string): RegExp {
  const flags = leadingFlags.exec(pattern)?.[1] ?? '';
  const rest = flags === '' ? pattern : pattern.slice(flags.length + 3);
  if (/[^ims]/.test(flags) || onlyInGo.test(rest)) {
    throw new Error(
      `expected a regular expression without classes and flags that only Go supports, got ${quote(pattern)}`,
    );
  }
  try {
    return new RegExp(translateEscapes(rest), `${flags}u`);
  } catch (cause) {
    throw new Error(`expected a regular expression, got ${quote(pattern)}`, { cause });
  }
}

/** Translates `\A` and `\z` to anchors, and removes backslashes that JavaScript rejects: `\-`, `\:`. */
function translateEscapes(pattern: string): string {
  return pattern.replaceAll(escape, (whole, character: string) => {
    if (character === 'A') return '(?<![^])';
    if (character === 'z') return '(?![^])';
    if (character === '-') return '\\x2d';
    if (knownEscape.test(character) || /[A-Za-z]/.test(character)) return whole;
    return character;
  });
}

/** Checks the value of a flag. Throws as {@link compileGoRegexp} does. */
export function checkGoRegexp(pattern: string): void {
  compileGoRegexp(pattern);
}
