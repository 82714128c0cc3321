/** What `hostpulse` says when no subcommand was named, or one that it does not have. */
import { readVersion } from '../../common/program/package.ts';
import type { Subcommand } from '../commands.ts';

/** Prints the overview or the fault; answers the exit code. */
export function printOverview(asked: string | undefined, subcommands: readonly Subcommand[]): number {
  if (asked === '--version') {
    process.stdout.write(`hostpulse ${readVersion()} (node ${process.versions.node})\n`);
    return 0;
  }
  const rows = subcommands.map(({ name, summary }) => `  ${name.padEnd(12)}${summary}\n`).join('');
  const overview = `usage: hostpulse <command> [flags]    (hostpulse <command> --help lists the flags)\n\n${rows}`;
  if (asked === undefined || asked === '--help' || asked === '-h' || asked === 'help') {
    process.stdout.write(overview);
    return asked === undefined ? 2 : 0;
  }
  process.stderr.write(`hostpulse: "${asked}" is no command\n\n${overview}`);
  return 2;
}
