import { expect, test } from '@jest/globals';
import { createLineLookup, parseSource } from '../../../../scripts/check/tree/source.ts';

test('imports of every kind, with line and whether a value is imported', () => {
  const text = [
    "import { a } from './a.ts';",
    "import type { B } from './b.ts';",
    "import { type C, type D } from './c.ts';",
    "import { type E, f } from './e.ts';",
    "import './side-effect.ts';",
    "export { g } from './g.ts';",
    "export type { H } from './h.ts';",
    "export * from './i.ts';",
    "const j = await import('./j.ts');",
    "type K = import('./k.ts').K;",
    "new Worker(new URL('./l.ts', import.meta.url));",
    'new Worker(new URL(`./m.${suffix}`, import.meta.url));',
    'await import(name); new URL(path, base);',
    'const local = 1; export { local };',
  ].join('\n');
  const { imports } = parseSource('x.ts', text);
  const rows = imports.toSorted((a, b) => a.line - b.line).map((i) => [i.line, i.specifier, i.kind, i.typeOnly]);
  expect(rows).toEqual([
    [1, './a.ts', 'import', false],
    [2, './b.ts', 'import', true],
    [3, './c.ts', 'import', true],
    [4, './e.ts', 'import', false],
    [5, './side-effect.ts', 'import', false],
    [6, './g.ts', 're-export', false],
    [7, './h.ts', 're-export', true],
    [8, './i.ts', 're-export', false],
    [9, './j.ts', 'dynamic', false],
    [10, './k.ts', 'type', true],
    [11, './l.ts', 'worker', false],
    [12, './m.*', 'worker', false],
  ]);
});

test('an import in a comment, a string, a template or an expression is none', () => {
  const text =
    "// import './a.ts'\nconst a = \"import './b.ts'\"; const b = `import('./c.ts')`; const c = /import '.\\/d.ts'/;";
  expect(parseSource('x.ts', text).imports).toEqual([]);
});

test('texts are comments, strings, templates and JSX text, at their offsets; specifiers and expressions are not', () => {
  const text =
    "// 한글 😀 first\nimport { x } from './x.ts'; /* second */ const a = 'third' + `fourth ${a} fifth` + /sixth 'x'/;\nconst b = <p title=\"seventh\">eighth {a}</p>;";
  const { texts } = parseSource('x.tsx', text);
  const found = texts.filter(({ text: each }) => each !== '').map(({ kind, text: each }) => [kind, each.trim()]);
  expect(found).toEqual([
    ['line-comment', '한글 😀 first'],
    ['block-comment', 'second'],
    ['string', 'third'],
    ['string', 'fourth'],
    ['string', 'fifth'],
    ['string', 'seventh'],
    ['jsx', 'eighth'],
  ]);
  for (const { text: each, start } of texts) expect(text.slice(start, start + each.length)).toBe(each);
});

test('names are functions, classes, methods and variables at any depth', () => {
  const text = 'function a() { function b() {} return { c() {}, d: () => 1, e: 2 }; } class F { g() {} } const h = 1;';
  expect([...parseSource('x.ts', text).names].sort()).toEqual(['F', 'a', 'b', 'c', 'd', 'g', 'h']);
});

test('text that is not valid names the file', () => {
  expect(() => parseSource('broken.ts', 'const = 1')).toThrow(/^broken\.ts: /);
});

test('lines count from 1 and start behind the line end', () => {
  const lineAt = createLineLookup('ab\n\nc');
  expect([0, 1, 2, 3, 4].map(lineAt)).toEqual([1, 1, 1, 2, 3]);
});
