#!/usr/bin/env node
/** The command line of hostpulse: finds the subcommand, sets its Node flags and runs it. */
import { gatewayNodeFlags, leanNodeFlags } from '../common/program/node-flags.ts';

const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 24) {
  process.stderr.write(`hostpulse needs Node 24 or later; this is ${process.versions.node} (${process.execPath})\n`);
  process.exit(2);
}

const [name, ...argv] = process.argv.slice(2);

// For a start without these flags on Node's command line. At run time flags save less memory and must be set before other
// code runs. The size of the young generation is fixed by then: `--optimize-for-size` limits the rest instead.
if (name === 'exporter' || name === 'up') setFlags(leanNodeFlags, ['--optimize-for-size']);
else if (name === 'gateway') setFlags(gatewayNodeFlags);

// A thread of V8 that compiles while the process exits waits for a garbage collection that never comes, in every program.
process.getBuiltinModule('node:v8').setFlagsFromString('--no-concurrent-sparkplug');

const { subcommands } = await import('./commands.ts');
const subcommand = subcommands.find((each) => each.name === name);
if (subcommand === undefined) {
  const { printOverview } = await import('./cli/help/overview.ts');
  process.exit(printOverview(name, subcommands));
}
const run = await subcommand.load();
await run(argv);

function setFlags(flags: readonly string[], instead: readonly string[] = []): void {
  if (flags.every((flag) => process.execArgv.includes(flag))) return;
  const { setFlagsFromString } = process.getBuiltinModule('node:v8');
  for (const flag of [...flags, ...instead]) setFlagsFromString(flag);
}
