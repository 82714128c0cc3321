/** Assigns processes to groups by patterns of their names or command lines. */
import { compileGoRegexp } from '../../collector/go-regexp.ts';
import { quote } from '../../procfs/host-file.ts';

/** Texts of a process that patterns match. */
export interface ProcessNames {
  /** The kernel's name of the process, at most 15 characters: `postgres`. */
  readonly command: string;
  /** Reads the arguments, joined by blanks. Called only when a pattern needs them. */
  readonly commandLine: () => string;
}

/** Returns the group of a process, or undefined when the process belongs to no group. */
export type GroupOf = (process: ProcessNames) => string | undefined;

interface Pattern {
  readonly group: string;
  readonly expression: RegExp;
}

/** Parses `GROUP=REGEXP`. Throws an Error for other text. */
export function parsePattern(text: string): Pattern {
  const equals = text.indexOf('=');
  if (equals < 1 || equals === text.length - 1)
    throw new Error(`expected GROUP=REGEXP, such as database=^postgres, got ${quote(text)}`);
  return { group: text.slice(0, equals), expression: compileGoRegexp(text.slice(equals + 1)) };
}

export interface GroupPatterns {
  /** Patterns of names, one per line. */
  readonly byName: string;
  /** Patterns of command lines, one per line. */
  readonly byCommandLine: string;
}

/** Compiles the patterns. The first pattern that matches decides; patterns of names precede patterns of command lines. Without patterns, each name is a group. */
export function compileGroups({ byName, byCommandLine }: GroupPatterns): GroupOf {
  const names = linesOf(byName).map(parsePattern);
  const commandLines = linesOf(byCommandLine).map(parsePattern);
  if (names.length + commandLines.length === 0) return ({ command }) => command;
  return ({ command, commandLine }) => {
    const named = names.find(({ expression }) => expression.test(command));
    if (named !== undefined || commandLines.length === 0) return named?.group;
    const line = commandLine();
    return commandLines.find(({ expression }) => expression.test(line))?.group;
  };
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
