/** Parses a source file with Oxc, the parser inside Vite, into what the checks need: imports, comments, texts and names. */
import { parseSync, Visitor } from 'vite';

export type ImportKind = 'import' | 're-export' | 'dynamic' | 'type' | 'worker';

export interface SourceImport {
  /** As written. `${suffix}` at the end of a worker's file name is `*`: './batch-worker.*'. */
  readonly specifier: string;
  readonly kind: ImportKind;
  /** No value is imported: `import type`, `export type`, every specifier marked `type`, or `import('./x.ts').X` as a type. */
  readonly typeOnly: boolean;
  readonly line: number;
}

/** Text that a person reads: a comment, a string, a template's literal part or the text of a JSX element. */
export interface SourceText {
  readonly kind: 'line-comment' | 'block-comment' | 'string' | 'jsx';
  /** As in the file, without the comment's or the string's delimiters. */
  readonly text: string;
  /** Offset of `text` in the file, in UTF-16 code units. */
  readonly start: number;
}

export interface Source {
  readonly imports: readonly SourceImport[];
  /** In the order of the file. */
  readonly texts: readonly SourceText[];
  /** Names of functions, classes, methods and of variables and properties that hold a value, at any depth. */
  readonly names: ReadonlySet<string>;
}

/** Returns the parsed file. Throws when the text is not valid TypeScript or JavaScript. */
export function parseSource(path: string, text: string): Source {
  const parsed = parseSync(path, text);
  const [error] = parsed.errors;
  if (error !== undefined) throw new Error(`${path}: ${error.message}`);
  const lineAt = createLineLookup(text);
  const imports: SourceImport[] = [];
  const texts: SourceText[] = parsed.comments.map(({ type, value, start }) => ({
    kind: type === 'Line' ? 'line-comment' : 'block-comment',
    text: value,
    start: start + 2,
  }));
  const names = new Set<string>();
  const addImport = (kind: ImportKind, specifier: string, start: number, typeOnly = kind === 'type') =>
    imports.push({ specifier, kind, typeOnly, line: lineAt(start) });

  for (const { moduleRequest, entries, start } of parsed.module.staticImports) {
    addImport('import', moduleRequest.value, start, entries.length > 0 && entries.every(({ isType }) => isType));
  }
  for (const { entries, start } of parsed.module.staticExports) {
    const requests = new Set(entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? []));
    for (const request of requests) {
      const own = entries.filter(({ moduleRequest }) => moduleRequest?.value === request);
      addImport(
        're-export',
        request,
        start,
        own.every(({ isType }) => isType),
      );
    }
  }

  /** Specifiers are not texts: the literals at these offsets are left out. */
  const specifiers = new Set<number>();
  new Visitor({
    ImportDeclaration: ({ source }) => void specifiers.add(source.start),
    ExportAllDeclaration: ({ source }) => void specifiers.add(source.start),
    ExportNamedDeclaration: ({ source }) => void (source && specifiers.add(source.start)),
    ImportExpression({ source, start }) {
      if (source.type !== 'Literal' || typeof source.value !== 'string') return;
      specifiers.add(source.start);
      addImport('dynamic', source.value, start);
    },
    TSImportType({ source, start }) {
      specifiers.add(source.start);
      addImport('type', source.value, start);
    },
    NewExpression({ callee, arguments: [file, base], start }) {
      if (callee.type !== 'Identifier' || callee.name !== 'URL' || base?.type !== 'MemberExpression') return;
      if (base.object.type !== 'MetaProperty') return;
      if (file?.type === 'Literal' && typeof file.value === 'string') addImport('worker', file.value, start);
      if (file?.type === 'TemplateLiteral' && file.quasis.length === 2 && file.quasis[1]?.value.raw === '')
        addImport('worker', `${file.quasis[0]?.value.raw ?? ''}*`, start);
      if (file !== undefined) specifiers.add(file.start);
    },
    Literal({ value, start, end }) {
      if (typeof value === 'string' && !specifiers.has(start))
        texts.push({ kind: 'string', text: text.slice(start + 1, end - 1), start: start + 1 });
    },
    TemplateElement({ value: { raw }, start }) {
      // The span begins at the delimiter before the text in TypeScript, and behind it in JavaScript.
      texts.push({ kind: 'string', text: raw, start: text.startsWith(raw, start) ? start : start + 1 });
    },
    JSXText: ({ start, end }) => void texts.push({ kind: 'jsx', text: text.slice(start, end), start }),
    FunctionDeclaration: ({ id }) => void (id && names.add(id.name)),
    ClassDeclaration: ({ id }) => void (id && names.add(id.name)),
    VariableDeclarator: ({ id }) => void (id.type === 'Identifier' && names.add(id.name)),
    MethodDefinition: ({ key }) => void (key.type === 'Identifier' && names.add(key.name)),
    PropertyDefinition: ({ key }) => void (key.type === 'Identifier' && names.add(key.name)),
    Property: ({ key, value }) =>
      void (key.type === 'Identifier' && /Function/.test(value.type) && names.add(key.name)),
  }).visit(parsed.program);
  texts.sort((a, b) => a.start - b.start);
  return { imports, texts, names };
}

/** Returns a function from an offset in `text` to its line, counted from 1. */
export function createLineLookup(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}
