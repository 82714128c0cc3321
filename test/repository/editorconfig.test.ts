// Subject: .editorconfig
/** Editors and the formatter agree. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '..', '..');
const settings = readFileSync(join(root, '.editorconfig'), 'utf8');

/** The value of a key in the section with this heading. */
function valueOf(section: string, key: string): string | undefined {
  const body = settings.split(/^\[/m).find((each) => each.startsWith(`${section}]\n`));
  return body
    ?.split('\n')
    .find((line) => line.startsWith(`${key} = `))
    ?.slice(key.length + 3);
}

test('indentation and line length are those of biome.json', () => {
  const { formatter } = JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8')) as {
    formatter: { indentStyle: string; indentWidth: number; lineWidth: number };
  };
  expect(valueOf('*', 'indent_style')).toBe(formatter.indentStyle);
  expect(valueOf('*', 'indent_size')).toBe(String(formatter.indentWidth));
  expect(valueOf('*.{ts,tsx,js,cjs,mjs,json,css}', 'max_line_length')).toBe(String(formatter.lineWidth));
});

test('recorded cases keep every byte, in editors and in git', () => {
  expect(valueOf('test/cases/**', 'trim_trailing_whitespace')).toBe('unset');
  expect(readFileSync(join(root, '.gitattributes'), 'utf8')).toMatch(/^test\/cases\/\*\* -text$/m);
});
