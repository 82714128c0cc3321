#!/usr/bin/env node
/** The command line of hostpulse: finds the subcommand, sets the runtime up for it, and hands over. */
import { leanNodeFlags } from '../common/program/lean-flags.ts';

const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 24) {
  process.stderr.write(`hostpulse needs Node 24 or later; this is ${process.versions.node} (${process.execPath})\n`);
  process.exit(2);
}

const [name, ...argv] = process.argv.slice(2);

// For whoever starts it without them: the flags count less at run time, and only before other code runs.
if (name === 'exporter') {
  const { setFlagsFromString } = process.getBuiltinModule('node:v8');
  for (const flag of leanNodeFlags) setFlagsFromString(flag);
}

const { subcommands } = await import('./commands.ts');
const subcommand = subcommands.find((each) => each.name === name);
if (subcommand === undefined) {
  const { printOverview } = await import('./overview.ts');
  process.exit(printOverview(name, subcommands));
}
const run = await subcommand.load();
await run(argv);
