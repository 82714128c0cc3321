/** The overview that `hostpulse` prints without a subcommand or with an unknown one. */
import { readVersion } from '../../../common/program/package.ts';
import { didYouMean } from '../../../common/program/settings/nearest-name.ts';

interface ListedCommand {
  readonly name: string;
  readonly summary: string;
}

/** Prints the overview, the version or the error, and returns the exit code. */
export function printOverview(asked: string | undefined, subcommands: readonly ListedCommand[]): number {
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
  const names = subcommands.map(({ name }) => name);
  process.stderr.write(`hostpulse: unknown command "${asked}"${didYouMean(asked, names)}\n\n${overview}`);
  return 2;
}
