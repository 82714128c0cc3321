/** The format of os-release: assignments as a shell reads them, without its variables. Source: os-release(5) */
import { quote } from '../../procfs/parse.ts';

const assignment = /^(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$/;
/** One piece of a value: `'as it is'`, `"with escapes"`, or neither. */
const piece = /'([^']*)'|"((?:[^"\\]|\\.)*)"|((?:[^'"\\\s#]|\\.)+)|([ \t]+#.*|[ \t]+)$/y;

/** Values by name. Throws an Error that names the line. */
export function parseOsRelease(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const [index, line] of text.split('\n').entries()) {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const [, name, value] = assignment.exec(trimmed) ?? [];
    if (name === undefined || value === undefined) {
      throw new Error(`os-release line ${index + 1}: expected NAME=value, got ${quote(line)}`);
    }
    values.set(name, parseValue(value, index + 1));
  }
  return values;
}

function parseValue(text: string, line: number): string {
  let value = '';
  let index = 0;
  while (index < text.length) {
    piece.lastIndex = index;
    const [whole, single, double, bare] = piece.exec(text) ?? [];
    if (whole === undefined) throw new Error(`os-release line ${line}: expected a quoted value, got ${quote(text)}`);
    value += single ?? (double ?? bare ?? '').replaceAll(/\\(.)/gs, '$1');
    index += whole.length;
  }
  return value;
}
