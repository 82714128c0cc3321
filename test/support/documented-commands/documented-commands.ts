/** Lists the commands in the documents of the repository and in the help of `hostpulse`. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { agentCommands } from '../../../bin/agent/agent-commands.ts';
import { allCommands } from '../../../bin/all-commands.ts';
import { programs } from './check-command.ts';
import { type CodeBlock, type CodeSpan, readMarkdownCode } from './markdown-code.ts';
import { root } from './named-things.ts';
import { parseShell, type ShellCommand, UnfinishedShell } from './shell-commands.ts';

export interface DocumentedCommand {
  /** `docs/install.md:47`, or the command whose help has the example. */
  readonly place: string;
  readonly command: ShellCommand;
  /** The block with the command. */
  readonly block: string;
}

/** Languages of blocks without commands. A fence of another language is a fault: its commands would not be checked. */
export const otherLanguages = ['yaml', 'json', 'js', 'nginx', 'caddyfile', 'promql', 'text'] as const;

/** All documents but the changelog, which names commands of earlier versions. */
export const documents: readonly string[] = globSync('**/*.md', {
  cwd: root,
  exclude: (name) => /^(?:node_modules|dist|data|release|\.)/.test(name) || name === 'CHANGELOG.md',
}).sort();

/** Returns the places of blocks that are neither shell nor in one of the other languages. */
export function listUnknownBlocks(document: string): readonly string[] {
  const known: readonly string[] = [...otherLanguages, 'sh', 'console', 'dotenv', 'indented'];
  const { blocks } = readDocument(document);
  return blocks
    .filter(({ language }) => !known.includes(language))
    .map(({ line, language }) => `${document}:${line}: unknown language "${language}"`);
}

/** Returns the commands in blocks and code spans. */
export function listCommands(document: string): readonly DocumentedCommand[] {
  const { blocks, spans } = readDocument(document);
  const ofBlocks = blocks.flatMap((block) => commandsOfBlock(document, block));
  return [...ofBlocks, ...spans.flatMap((span) => commandsOfSpan(document, span))];
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

function commandsOfBlock(document: string, { language, line, text }: CodeBlock): readonly DocumentedCommand[] {
  const place = `${document}:${line}`;
  if (language === 'dotenv') return text.split('\n').flatMap((row) => variableOf(row, place));
  const isConsole = language === 'console' || (language === 'indented' && text.startsWith('$ '));
  if (language !== 'sh' && language !== 'indented' && !isConsole) return [];
  const sources = isConsole ? consoleCommands(text) : [text];
  return sources.flatMap((source) => parseShell(source).map((command) => ({ place, command, block: text })));
}

/** Returns the assignment of a line `NAME=value`, whose value may have spaces. */
function variableOf(row: string, place: string): readonly DocumentedCommand[] {
  const assignments = [row];
  return row === '' ? [] : [{ place, command: { assignments, words: [], text: row }, block: '' }];
}

/** Returns the texts after `$ `. A command goes on while a quotation or a continuation is open; the other lines are output. */
function consoleCommands(text: string): readonly string[] {
  const sources: string[] = [];
  let open: string | undefined;
  for (const line of text.split('\n')) {
    if (open === undefined && !line.startsWith('$ ')) continue;
    open = open === undefined ? line.slice(2) : `${open}\n${line}`;
    if (isUnfinished(open)) continue;
    sources.push(open);
    open = undefined;
  }
  if (open !== undefined) throw new UnfinishedShell(open);
  return sources;
}

function isUnfinished(source: string): boolean {
  try {
    parseShell(source);
    return false;
  } catch (error) {
    if (error instanceof UnfinishedShell) return true;
    throw error;
  }
}

/**
 * A code span is a command when it has a known program and an argument, or any program and a flag. `hostpulse tiers copy` alone only names
 * a command.
 */
function commandsOfSpan(document: string, { line, text }: CodeSpan): readonly DocumentedCommand[] {
  const name = /^(?:npx )?hostpulse ?(.*)$/.exec(text)?.[1];
  if (name !== undefined && Object.hasOwn(allCommands(), name)) return [];
  const [, program = '', args = ''] = /^(?:[A-Z_]+=\S+ )*([a-z][\w-]*) (.+)$/.exec(text) ?? [];
  const isCommand = args !== '' && (programs.includes(program) || /(?:^| )--?[a-z]/.test(args));
  if (!isCommand || /^(?:sh|install) /.test(text)) return [];
  const source = program === 'hostpulse' ? firstOfSynopsis(text) : text;
  return parseShell(source).map((command) => ({ place: `${document}:${line}`, command, block: text }));
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
