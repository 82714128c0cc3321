#!/usr/bin/env node
/** The command line of hostpulse: finds the subcommand, sets the runtime up for it, and hands over. */
import { leanNodeFlags } from '../common/program/lean-flags.ts';

const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 24) {
  process.stderr.write(`hostpulse needs Node 24 or later; this is ${process.versions.node} (${process.execPath})\n`);
  process.exit(2);
}

const [name, ...argv] = process.argv.slice(2);

// For whoever starts it without all of them. At run time they count less, and only before other code runs; the size of the young
// generation is fixed by then, and `--optimize-for-size` keeps the rest small instead.
if (name === 'exporter' && !leanNodeFlags.every((flag) => process.execArgv.includes(flag))) {
  const { setFlagsFromString } = process.getBuiltinModule('node:v8');
  for (const flag of [...leanNodeFlags, '--optimize-for-size']) setFlagsFromString(flag);
}

const { subcommands } = await import('./commands.ts');
const subcommand = subcommands.find((each) => each.name === name);
if (subcommand === undefined) {
  const { printOverview } = await import('./overview.ts');
  process.exit(printOverview(name, subcommands));
}
const run = await subcommand.load();
await run(argv);
