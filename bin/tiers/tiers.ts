/** `hostpulse tiers`: shows, prunes and repairs the three resolutions; the gateway prunes and repairs every night. */
import { existsSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { createLog } from '../../common/program/log.ts';
import { addReport, emptyReport, repaired } from '../../ingest-gateway/rollups/repair/recomputed-points.ts';
import { keepRawMs } from '../../ingest-gateway/rollups/retention/retention-plan.ts';
import { periodsOf } from '../../ingest-gateway/rollups/settings.ts';
import { readTierStatus } from '../../ingest-gateway/rollups/status.ts';
import { readRawHorizon, replaceNothing } from '../../ingest-gateway/rollups/tier/tier-store.ts';
import { createTierParts, type TierParts } from '../../ingest-gateway/rollups/tiers.ts';
import { restoreBlockHints } from '../../stack/data/block-hints.ts';
import { addPrometheusFlags, type GatewayFlags, withGatewayStore } from '../cli/gateway-store.ts';
import { addExamples, subcommandsOf } from '../cli/help/examples.ts';
import { parseHostOption, timeOption } from '../cli/option-parsers.ts';
import { runCommand, stoppable } from '../cli/run-command.ts';
import { print } from '../cli/table.ts';
import { addCopyCommand } from './tiers-copy.ts';
import { createProgress, printPrune, printStatus } from './tiers-output.ts';

export function run(argv: readonly string[]): Promise<void> {
  return runCommand(createCommand(), argv);
}

export function createCommand(): Command {
  const command = new Command('hostpulse tiers').description('show, prune, repair and copy the three resolutions');
  addExamples(command, ['status', 'show what is stored'], ['prune --dry-run', 'show what the nightly job will delete']);
  const sub = subcommandsOf(command, addPrometheusFlags);
  sub('status', 'show each tier and the missing points of the last day', ['', 'tiers of the stack in ./data']).action(
    status,
  );
  sub('prune', 'delete samples beyond the retention of their tier, after checking that the coarser tiers cover them', [
    '--dry-run',
    'show what would be deleted',
  ])
    .option('--dry-run', 'report what would be deleted and change nothing')
    .option('--retention.prometheus-data-dir <path>', 'accepted and without effect')
    .action(prune);
  sub('repair', 'recompute rollups from raw samples and write missing and wrong points', [
    '--from 2026-11-29T00:00:00Z --to 2026-11-29T06:00:00Z --host web-1',
    'repair six hours of a host',
  ])
    .requiredOption('--from <time>', 'start: RFC 3339 or epoch milliseconds', timeOption('--from'))
    .requiredOption('--to <time>', 'end: RFC 3339 or epoch milliseconds', timeOption('--to'))
    .option('--host <host>', 'repair one host; default: all hosts', parseHostOption)
    .action(repair);
  addCopyCommand(command);
  addExamples(command.command('restore-hints <directory>'), [
    '/var/lib/prometheus',
    'protect the samples of the last hours before Prometheus starts',
  ])
    .description(
      "mark the blocks of late samples in the data directory of a Prometheus before 3.14, which would lose samples at its next start; 'hostpulse up' does this itself",
    )
    .action(restoreHints);
  return command;
}

function restoreHints(directory: string): void {
  if (!existsSync(directory)) throw new Error(`${directory}: expected the data directory of Prometheus`);
  restoreBlockHints(directory, createLog({ level: 'info', format: 'logfmt', program: 'tiers' }));
}

async function status(flags: GatewayFlags): Promise<void> {
  await withParts(flags, async (parts, { rawHorizonMs }) => {
    printStatus(await readTierStatus({ ...parts, rawHorizonMs, nowMs: Date.now() }));
  });
}

interface PruneFlags extends GatewayFlags {
  readonly dryRun?: true;
}

async function prune({ dryRun, ...flags }: PruneFlags): Promise<void> {
  await withParts(flags, async ({ nightly }, { signal }) => {
    const report = await nightly.prune({ mode: dryRun === true ? 'look' : 'delete', signal });
    printPrune(report);
    if (report.days.some(({ fate }) => fate !== 'deleted')) process.exitCode = 1;
  });
}

interface RepairFlags extends GatewayFlags {
  readonly from: number;
  readonly to: number;
  readonly host?: string;
}

async function repair({ from, to, host, ...flags }: RepairFlags): Promise<void> {
  if (to < from) throw new CommanderError(2, 'time', '--to: expected a time at or after --from');
  await withParts(flags, async (parts, { rawHorizonMs = replaceNothing, signal }) => {
    const total = emptyReport();
    for (const tier of parts.tiers) {
      const onProgress = createProgress(tier.name, process.stderr);
      const window = { fromMs: from, toMs: to, ...(host === undefined ? {} : { hosts: [host] as const }) };
      const outcome = await parts.repair.run({ tier, window, rawHorizonMs, mode: 'replace', signal, onProgress });
      if (outcome.kind === 'later') throw new Error(`${tier.name}: ${outcome.reason}`);
      addReport(total, outcome.report);
    }
    print(`${total.missing} points were missing, ${total.wrong} wrong; ${repaired(total)} repaired`);
    if (total.notReplaced !== undefined)
      print(`${total.postponed} wrong points are not replaced: ${total.notReplaced}`);
    else if (total.postponed > 0)
      print(
        `${total.postponed} wrong points are left to the nightly run: Prometheus has not written them to a block yet`,
      );
    if (total.inexact > 0) print(`${total.inexact} wrong points not deleted: no selector matches their series alone`);
    for (const [reason, count] of total.refused) print(`${count} points refused by Prometheus: ${reason}`);
    if (total.remaining > 0) process.exitCode = 1;
  });
}

interface RunContext {
  /** From `readRawHorizon`; undefined where the backend cannot replace points. */
  readonly rawHorizonMs: number | undefined;
  /** Aborted by Ctrl-C and SIGTERM; the lease is released. */
  readonly signal: AbortSignal;
}

async function withParts(
  flags: GatewayFlags,
  act: (parts: TierParts, context: RunContext) => Promise<void>,
): Promise<void> {
  await withGatewayStore(flags, async (db, config) => {
    const { prometheusUser: username, prometheusPassword: password } = config;
    const parts = createTierParts({
      config,
      prometheusUrl: config.prometheusUrl,
      writeUrl: config.prometheusWriteUrl,
      basicAuth: username === undefined || password === undefined ? undefined : { username, password },
      db,
      log: createLog({ level: 'warn', format: 'logfmt', program: 'tiers' }),
      now: Date.now,
      onSweep: () => undefined,
    });
    try {
      await stoppable('stopped; completed work is kept', async (signal) => {
        const keep = { nowMs: Date.now(), keepRawMs: keepRawMs(periodsOf(config)) };
        const rawHorizonMs = config.retentionEnabled ? await readRawHorizon(db, keep) : undefined;
        await act(parts, { rawHorizonMs, signal });
      });
    } finally {
      parts.close();
    }
  });
}
