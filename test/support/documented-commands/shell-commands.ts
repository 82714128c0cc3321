/** Splits shell text into its commands, as far as documents use the language: quotes, lists, pipes, redirections, substitutions. */

export interface ShellCommand {
  /** `NAME=value` before the command, or alone. */
  readonly assignments: readonly string[];
  /** The program and its arguments, without quotes. Substitutions and variables are left as written. */
  readonly words: readonly string[];
  /** The command as written, without comments and line continuations. */
  readonly text: string;
}

/** Text that ends within a quotation, a substitution or a continuation. */
export class UnfinishedShell extends Error {}

const operators = /^(?:\|\||&&|[|;&()\n])/;
const redirection = /^(?:\d*(?:>>|>&|>|<)&?)[ \t]*/;

/** Returns the commands in their order; the commands of `$(...)` follow the command that contains the substitution. */
export function parseShell(source: string): readonly ShellCommand[] {
  const text = source.replaceAll(/\\\n\s*/g, ' ');
  const commands: ShellCommand[] = [];
  let words: string[] = [];
  let inner: ShellCommand[] = [];
  let from = 0;
  let isTarget = false;

  function end(at: number): void {
    const first = words.findIndex((word) => !/^[A-Za-z_]\w*=/.test(word));
    const split = first === -1 ? words.length : first;
    const written = text.slice(from, at).trim();
    if (words.length > 0)
      commands.push({ assignments: words.slice(0, split), words: words.slice(split), text: written }, ...inner);
    words = [];
    inner = [];
  }

  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at);
    const operator = operators.exec(rest)?.[0];
    const redirected = redirection.exec(rest)?.[0];
    if (operator !== undefined) {
      end(at);
      at += operator.length;
      from = at;
    } else if (redirected !== undefined) {
      at += redirected.length;
      isTarget = true;
    } else if (/^[ \t]/.test(rest)) at += 1;
    else if (rest.startsWith('#')) {
      const next = rest.indexOf('\n');
      end(at);
      at += next === -1 ? rest.length : next;
      from = at;
    } else {
      const word = readWord(text, at);
      at = word.end;
      inner.push(...word.inner.flatMap((each) => parseShell(each)));
      if (!isTarget) words.push(word.text);
      isTarget = false;
    }
  }
  if (source.trimEnd().endsWith('\\')) throw new UnfinishedShell('the text ends with a continuation');
  end(at);
  return commands;
}

interface Word {
  readonly text: string;
  readonly end: number;
  /** Sources of the command substitutions. */
  readonly inner: readonly string[];
}

function readWord(source: string, start: number): Word {
  let at = start;
  let text = '';
  let isQuoted = false;
  const inner: string[] = [];
  for (; at < source.length; at += 1) {
    const character = source.charAt(at);
    if (!isQuoted && /[\s|;&()<>]/.test(character)) break;
    if (character === '\\' && (!isQuoted || /["$`\\]/.test(source.charAt(at + 1)))) {
      at += 1;
      text += source.charAt(at);
    } else if (character === '"') isQuoted = !isQuoted;
    else if (character === "'" && !isQuoted) {
      const end = source.indexOf("'", at + 1);
      if (end === -1) throw new UnfinishedShell(`no end of the quotation ${source.slice(at, at + 40)}`);
      text += source.slice(at + 1, end);
      at = end;
    } else if (source.startsWith('$(', at)) {
      const end = endOfSubstitution(source, at + 2);
      inner.push(source.slice(at + 2, end));
      text += source.slice(at, end + 1);
      at = end;
    } else text += character;
  }
  if (isQuoted) throw new UnfinishedShell(`no end of the quotation ${source.slice(start, start + 40)}`);
  return { text, end: at, inner };
}

function endOfSubstitution(source: string, start: number): number {
  let depth = 1;
  for (let at = start; at < source.length; at += 1) {
    if (source.charAt(at) === '(') depth += 1;
    if (source.charAt(at) === ')') depth -= 1;
    if (depth === 0) return at;
  }
  throw new UnfinishedShell(`no end of the substitution ${source.slice(start - 2, start + 40)}`);
}
