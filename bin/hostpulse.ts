#!/usr/bin/env node
/** The command line of hostpulse: finds the subcommand, sets the runtime up for it, and hands over. */
import { gatewayNodeFlags, leanNodeFlags } from '../common/program/node-flags.ts';

const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 24) {
  process.stderr.write(`hostpulse needs Node 24 or later; this is ${process.versions.node} (${process.execPath})\n`);
  process.exit(2);
}

const [name, ...argv] = process.argv.slice(2);

// For whoever starts it without all of them. At run time they count less, and only before other code runs; the size of the young
// generation is fixed by then, and in the exporter `--optimize-for-size` keeps the rest small instead.
if (name === 'exporter') setFlags(leanNodeFlags, ['--optimize-for-size']);
else if (name === 'gateway') setFlags(gatewayNodeFlags);

const { subcommands } = await import('./commands.ts');
const subcommand = subcommands.find((each) => each.name === name);
if (subcommand === undefined) {
  const { printOverview } = await import('./cli/overview.ts');
  process.exit(printOverview(name, subcommands));
}
const run = await subcommand.load();
await run(argv);

function setFlags(flags: readonly string[], instead: readonly string[] = []): void {
  if (flags.every((flag) => process.execArgv.includes(flag))) return;
  const { setFlagsFromString } = process.getBuiltinModule('node:v8');
  for (const flag of [...flags, ...instead]) setFlagsFromString(flag);
}
