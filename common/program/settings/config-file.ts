/** Reads the YAML config file, expands `${VAR}` and maps paths to lines. Loaded only when a file is given, as yaml takes memory. */
import { readFileSync } from 'node:fs';
import { type Document, isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import type { ConfigSource, Problem } from './config.ts';
import { describeType } from './setting-type.ts';

type Environment = Readonly<Record<string, string | undefined>>;
type Path = readonly (string | number)[];

/** Reads and parses the file. Syntax errors become problems with lines. Without `environment`, `${VAR}` is not expanded. */
export function readConfigFile(file: string, environment?: Environment): ConfigSource {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    const got = Error.isError(cause) ? cause.message : String(cause);
    return emptySource([{ place: file, expected: 'a readable file', got }]);
  }
  return parseConfigFile(text, { file, environment });
}

/** The pure half of `readConfigFile`. */
export function parseConfigFile(
  text: string,
  { file, environment }: { readonly file: string; readonly environment: Environment | undefined },
): ConfigSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  if (document.errors.length > 0) {
    return emptySource(
      document.errors.map((error) => ({
        place: `${file}:${lines.linePos(error.pos[0]).line}`,
        expected: 'valid YAML',
        got: error.message.split('\n')[0] ?? error.code,
      })),
    );
  }
  const ambiguous = ambiguousTexts(document, { file, lines });
  if (ambiguous.length > 0) return emptySource(ambiguous);
  const problems: Problem[] = [];
  const unresolved: Path[] = [];
  visit(document, {
    Scalar(key, node, ancestors) {
      if (environment === undefined || key === 'key' || typeof node.value !== 'string') return;
      node.value = node.value.replaceAll(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (whole, name: string) => {
        const value = environment[name];
        if (value !== undefined) return value;
        const line = lines.linePos(node.range?.[0] ?? 0).line;
        problems.push({
          place: `${file}:${line}`,
          expected: `the environment variable ${name} to be set`,
          got: 'no such variable',
        });
        unresolved.push(pathOf([...ancestors, node]));
        return whole;
      });
    },
  });
  const root: unknown = document.toJS() ?? {};
  if (typeof root !== 'object' || Array.isArray(root)) {
    return emptySource([{ place: file, expected: 'a map of settings', got: describeType(root) }]);
  }
  const placeOf = (path: Path): string => {
    const node = nodeAt(document.contents, path);
    return node === undefined ? file : `${file}:${lines.linePos(node).line}`;
  };
  return { root: root as Record<string, unknown>, placeOf, problems, unresolved };
}

/**
 * Returns a problem for each plain text that YAML reads as an alias (`*x`), an anchor without a value (`&x`) or an unknown tag
 * (`!x`): a password that starts with such a character. The text is not shown.
 */
function ambiguousTexts(
  document: Document.Parsed,
  { file, lines }: { readonly file: string; readonly lines: LineCounter },
): readonly Problem[] {
  const problems: Problem[] = [];
  const report = (sign: string, offset: number | undefined): void => {
    const place = `${file}:${lines.linePos(offset ?? 0).line}`;
    problems.push({ place, expected: `quotes around a text that starts with ${sign}`, got: 'none' });
  };
  visit(document, {
    Alias(_key, node) {
      if (node.resolve(document) === undefined) report('*', node.range?.[0]);
    },
    Scalar(_key, node) {
      if (node.anchor !== undefined && node.value === null) report('&', node.range?.[0]);
    },
  });
  for (const { code, pos } of document.warnings) if (code === 'TAG_RESOLVE_FAILED') report('!', pos[0]);
  return problems;
}

/** Returns the path of the last node; `nodes` lead from the document to the node. */
function pathOf(nodes: readonly unknown[]): Path {
  return nodes.flatMap((node, at): Path => {
    if (isPair(node)) return [String(isScalar(node.key) ? node.key.value : node.key)];
    return isSeq(node) ? [node.items.indexOf(nodes[at + 1])] : [];
  });
}

function emptySource(problems: readonly Problem[]): ConfigSource {
  return { root: {}, placeOf: () => '', problems };
}

/** Returns the offset of the key or item at `path`, or of the nearest parent that exists. */
function nodeAt(contents: unknown, path: Path): number | undefined {
  let node = contents;
  let offset: number | undefined;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === step);
      if (pair === undefined || !isScalar(pair.key)) return offset;
      offset = pair.key.range?.[0];
      node = pair.value;
    } else {
      const items = (node as { items?: readonly { range?: readonly number[] }[] } | null)?.items;
      const item = typeof step === 'number' ? items?.[step] : undefined;
      if (item === undefined) return offset;
      offset = item.range?.[0];
      node = item;
    }
  }
  return offset;
}
