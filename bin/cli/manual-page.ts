/** Manual pages, made from the flags of a command: man(7). */
import type { Command } from 'commander';

export interface ManualPage {
  readonly name: string;
  readonly version: string;
  /** Shown in the footer: `2026-11-29`. */
  readonly date: string;
  readonly commands: readonly Command[];
  /** Files with one sentence each. */
  readonly files: readonly (readonly [path: string, text: string])[];
}

/** Returns the page of section 1. The first command is the program itself. */
export function renderManualPage({ name, version, date, commands, files }: ManualPage): string {
  const [main] = commands as readonly [Command, ...Command[]];
  const synopsis = commands.map((command) => `.B ${escape(command.name())}\n[flags]`).join('\n.br\n');
  const sections = commands.map((command) => {
    const title = command === main ? 'OPTIONS' : escape(command.name().toUpperCase());
    const options = command.createHelp().visibleOptions(command);
    const rows = options.map(({ flags, description }) => `.TP\n.B ${escape(flags)}\n${escape(description)}`);
    return `.SH ${title}\n${command === main ? '' : `${escape(command.description())}\n`}${rows.join('\n')}`;
  });
  const rows = files.map(([path, text]) => `.TP\n.I ${escape(path)}\n${escape(text)}`);
  return `.TH ${name.toUpperCase()} 1 ${date} "hostpulse ${version}"
.SH NAME
${name} \\- ${escape(main.description())}
.SH SYNOPSIS
${synopsis}
${sections.join('\n')}
.SH FILES
${rows.join('\n')}
.SH EXIT STATUS
0: stopped or printed; 1: did not start, or failed; 2: invalid usage or configuration.
`;
}

/** A point or an apostrophe at the start of a line would be a request. */
function escape(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/^(?=[.'])/gm, '\\&');
}
