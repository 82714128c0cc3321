/** Lists the commands in the documents of the repository and in the help of `hostpulse`. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { agentCommands } from '../../../bin/agent/agent-commands.ts';
import { allCommands } from '../../../bin/all-commands.ts';
import { programs } from './check-command.ts';
import { hostpulseProblems } from './hostpulse-rule.ts';
import { type CodeBlock, readMarkdownCode } from './markdown-code.ts';
import { root } from './named-things.ts';
import { parseShell, type ShellCommand, UnfinishedShell } from './shell-commands.ts';

export interface DocumentedCommand {
  /** `docs/install.md:47`, or the command whose help has the example. */
  readonly place: string;
  readonly command: ShellCommand;
  /** The block with the command. */
  readonly block: string;
}

export interface DocumentedLine {
  readonly place: string;
  /** A complete line of shell, which may have several commands. */
  readonly source: string;
  /** The block with the line. */
  readonly block: string;
}

/** Languages of blocks that contain no commands. */
const otherLanguages = ['yaml', 'json', 'js', 'nginx', 'caddyfile', 'promql', 'ini', 'text'] as const;

/** All documents but the changelog, which names commands of earlier versions. */
export const documents: readonly string[] = globSync('**/*.md', {
  cwd: root,
  exclude: (name) => /^(?:node_modules|dist|data|release|\.)/.test(name) || name === 'CHANGELOG.md',
}).sort();

/** Returns the places of blocks whose language is unknown. Commands in these blocks would not be checked. */
export function listUnknownBlocks(document: string): readonly string[] {
  const known: readonly string[] = [...otherLanguages, 'sh', 'console', 'dotenv', 'indented'];
  const { blocks } = readDocument(document);
  return blocks
    .filter(({ language }) => !known.includes(language))
    .map(({ line, language }) => `${document}:${line}: unknown language "${language}"`);
}

/** Returns the commands in blocks and code spans. */
export function listCommands(document: string): readonly DocumentedCommand[] {
  const variables = readDocument(document)
    .blocks.filter(({ language }) => language === 'dotenv')
    .flatMap(({ line, text }) => text.split('\n').flatMap((row) => variableOf(row, `${document}:${line}`)));
  const commands = listLines(document).flatMap(({ place, source, block }) =>
    parseShell(source).map((command) => ({ place, command, block })),
  );
  return [...variables, ...commands];
}

/** Returns the examples of every command's help. */
export function listHelpExamples(): readonly DocumentedCommand[] {
  const commands = [...Object.values(allCommands()), ...Object.values(agentCommands())];
  return commands.flatMap((command) =>
    [...helpOf(command).matchAll(/^ {2}(hostpulse(?:-agent)? .+|hostpulse-agent)$/gm)].flatMap(([, text = '']) =>
      parseShell(text).map((each) => ({ place: `${command.name()} --help`, command: each, block: text })),
    ),
  );
}

function readDocument(document: string): ReturnType<typeof readMarkdownCode> {
  return readMarkdownCode(readFileSync(join(root, document), 'utf8'));
}

/** Returns the lines of shell blocks and the commands in code spans, in the form in which a reader enters them. */
export function listLines(document: string): readonly DocumentedLine[] {
  const { blocks, spans } = readDocument(document);
  const ofBlocks = blocks.flatMap((block) => {
    const place = `${document}:${block.line}`;
    return linesOfBlock(block).map((source) => ({ place, source, block: block.text }));
  });
  const ofSpans = spans.flatMap(({ line, text }) => {
    const source = tryCommandOfSpan(text);
    return source === undefined ? [] : [{ place: `${document}:${line}`, source, block: text }];
  });
  return [...ofBlocks, ...ofSpans];
}

/** Returns the complete lines of a shell block. Joins lines while a quotation, a substitution or a continuation is open. */
function linesOfBlock({ language, text }: CodeBlock): readonly string[] {
  const isConsole = language === 'console' || (language === 'indented' && text.startsWith('$ '));
  if (language !== 'sh' && language !== 'indented' && !isConsole) return [];
  const sources: string[] = [];
  let open: string | undefined;
  for (const line of text.split('\n')) {
    if (open === undefined && isConsole && !line.startsWith('$ ')) continue; // output
    const part = open === undefined && isConsole ? line.slice(2) : line;
    open = open === undefined ? part : `${open}\n${part}`;
    if (isUnfinished(open)) continue;
    if (parseShell(open).length > 0) sources.push(open);
    open = undefined;
  }
  if (open !== undefined) throw new UnfinishedShell(open);
  return sources;
}

function isUnfinished(source: string): boolean {
  try {
    parseShell(source);
    return source.trimEnd().endsWith('|') || count(source, '(') > count(source, ')');
  } catch (error) {
    if (error instanceof UnfinishedShell) return true;
    throw error;
  }
}

/** Counts a character outside of quotations. */
function count(source: string, character: string): number {
  return source.replaceAll(/'[^']*'|"[^"]*"/g, '').split(character).length - 1;
}

/** Returns the variable of a line `NAME=value`, whose value may have spaces. */
function variableOf(row: string, place: string): readonly DocumentedCommand[] {
  const assignments = [row];
  return row === '' ? [] : [{ place, command: { assignments, words: [], text: row }, block: '' }];
}

/**
 * Returns the command of a code span. A span is a command when it has a known program and an argument, or any program and a flag.
 * `hostpulse tiers copy` alone only names a command.
 */
function tryCommandOfSpan(text: string): string | undefined {
  const name = /^(?:npx )?hostpulse ?(.*)$/.exec(text)?.[1];
  if (name !== undefined && Object.hasOwn(allCommands(), name) && !isComplete(name)) return undefined;
  const [, program = '', args = ''] = /^(?:[A-Z_]+=\S+ )*([a-z][\w-]*) (.+)$/.exec(text) ?? [];
  const isCommand = args !== '' && (programs.includes(program) || /(?:^| )--?[a-z]/.test(args));
  if (!isCommand || /^(?:sh|install) /.test(text)) return undefined;
  return program === 'hostpulse' ? firstOfSynopsis(text) : text;
}

/** Returns whether the command, a key of `allCommands()`, works without arguments. */
function isComplete(name: string): boolean {
  return hostpulseProblems(name.split(' ')).length === 0 && allCommands()[name]?.commands.length === 0;
}

/** Returns one command of a synopsis: `--scope push|read [--host HOST]` is `--scope push --host HOST`. */
function firstOfSynopsis(text: string): string {
  return text
    .replaceAll(/(?<=\w)\|[\w|]+/g, '')
    .replaceAll(/[[\]]/g, '')
    .replaceAll(/<(\w+)>/g, '$1');
}

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  return text.split('\nExamples:\n')[1] ?? '';
}
