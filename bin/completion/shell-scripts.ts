/** Completion scripts for bash, zsh and fish, made from the flags of the commands. */
import type { Command, Option } from 'commander';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

export interface CompletionSpec {
  /** The name of the program in the shell. */
  readonly program: string;
  /** The commands by the words before their flags: `''` for the program without a command, `'snapshot'`, `'relay dead list'`. */
  readonly commands: Readonly<Record<string, Command>>;
}

interface Flag {
  readonly name: string;
  readonly help: string;
  /** A flag whose value is the name of a file is completed with file names. */
  readonly value: 'none' | 'file' | 'other';
}

interface Completed {
  readonly words: string;
  readonly summary: string;
  readonly flags: readonly Flag[];
  readonly next: readonly string[];
}

/** Returns the script. Hidden flags are left out. */
export function renderCompletion(shell: Shell, { program, commands }: CompletionSpec): string {
  const names = Object.keys(commands);
  const completed = names.map((words): Completed => {
    const command = commands[words] as Command;
    const depth = words === '' ? 0 : words.split(' ').length;
    const below = names.filter((other) => other !== '' && (words === '' || other.startsWith(`${words} `)));
    const next = [...new Set(below.map((other) => other.split(' ')[depth] as string))];
    return {
      words,
      summary: command.description(),
      flags: command.createHelp().visibleOptions(command).flatMap(flagsOf),
      next,
    };
  });
  const render = { bash: renderBash, zsh: renderZsh, fish: renderFish }[shell];
  return render(program, completed);
}

function flagsOf({ long, description, required, optional, flags }: Option): readonly Flag[] {
  if (long === undefined || long === null) return [];
  const value = !required && !optional ? 'none' : /<(?:path|file|folder)>/.test(flags) ? 'file' : 'other';
  return [{ name: long, help: description.replace(/ \(env [A-Z0-9_]+\).*$/s, ''), value }];
}

function renderBash(program: string, commands: readonly Completed[]): string {
  const cases = commands.map(
    ({ words, flags, next }) => `    '${words}') words='${[...next, ...flags.map(({ name }) => name)].join(' ')}' ;;`,
  );
  const files = [
    ...new Set(commands.flatMap(({ flags }) => flags.filter(({ value }) => value === 'file').map(({ name }) => name))),
  ];
  const id = identifier(program);
  return `# bash completion for ${program}
${id}() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command='' words='' index
  if [ "$previous" = = ]; then previous=\${COMP_WORDS[COMP_CWORD-2]}; fi
  if [ "$current" = = ]; then current='' previous=\${COMP_WORDS[COMP_CWORD-1]}; fi
  case $previous in
    ${files.length === 0 ? '--' : files.join('|')})
      COMPREPLY=($(compgen -f -- "$current"))
      return ;;
  esac
  for ((index = 1; index < COMP_CWORD; index++)); do
    case \${COMP_WORDS[index]} in
      -*) break ;;
      *) command="\${command:+$command }\${COMP_WORDS[index]}" ;;
    esac
  done
  case $command in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F ${id} ${program}
`;
}

function renderZsh(program: string, commands: readonly Completed[]): string {
  const escaped = (text: string): string =>
    text.replaceAll(/[\\'":[\]`$]/g, (found) => (found === "'" ? "'\\''" : `\\${found}`));
  const cases = commands.map(({ words, flags, next }) => {
    const specs = flags.map(({ name, help, value }) => {
      const tail = { none: '', file: ':file:_files', other: ':value:' }[value];
      return `'${name}${value === 'none' ? '' : '='}[${escaped(help)}]${tail}'`;
    });
    const positional = next.length === 0 ? [] : [`'1:command:(${next.join(' ')})'`];
    return `    '${words}')\n      _arguments ${[...positional, ...specs].join(' \\\n        ')} ;;`;
  });
  const id = identifier(program);
  return `#compdef ${program}
${id}() {
  local command='' word
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case $word in
      -*) break ;;
      *) command="\${command:+$command }$word" ;;
    esac
  done
  local -a parts=(\${=command})
  words=("$words[1]" "\${(@)words[$#parts + 2,-1]}")
  (( CURRENT -= $#parts ))
  case $command in
${cases.join('\n')}
  esac
}
${id} "$@"
`;
}

function renderFish(program: string, commands: readonly Completed[]): string {
  const quoted = (text: string): string => `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
  const id = identifier(program);
  const lines = commands.flatMap(({ words, flags, next }) => {
    const condition = `-n ${quoted(`${id}_at ${quoted(words)}`)}`;
    const below = next.map((word) => {
      const summary = commands.find((each) => each.words === `${words} ${word}`.trim())?.summary ?? '';
      return `complete -c ${program} -f ${condition} -a ${word} -d ${quoted(summary)}`;
    });
    const own = flags.map(({ name, help, value }) => {
      const mode = { none: '', file: ' -r -F', other: ' -x' }[value];
      return `complete -c ${program} ${condition} -l ${name.slice(2)}${mode} -d ${quoted(help)}`;
    });
    return [...below, ...own];
  });
  return `# fish completion for ${program}
function ${id}_at
    set -l words (commandline -opc)[2..-1]
    set -l command
    for word in $words
        string match -q -- '-*' $word; and break
        set -a command $word
    end
    test "$command" = "$argv[1]"
end
${lines.join('\n')}
`;
}

function identifier(program: string): string {
  return `_${program.replaceAll('-', '_')}`;
}
