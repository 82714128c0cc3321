/** `hostpulse tiers`: shows, prunes and repairs the three resolutions of the data. The gateway does the same every night. */
import { Command, CommanderError } from 'commander';
import { createLog, messageOf } from '../../common/program/log.ts';
import { ConfigError } from '../../common/program/settings/config.ts';
import { intactFrom } from '../../ingest-gateway/rollups/raw-horizon.ts';
import { addReport, emptyReport, repaired } from '../../ingest-gateway/rollups/repair/repair-report.ts';
import { keepRawMs } from '../../ingest-gateway/rollups/retention/retention-plan.ts';
import { periodsOf } from '../../ingest-gateway/rollups/settings.ts';
import { readTierStatus } from '../../ingest-gateway/rollups/status.ts';
import { createTierParts, type TierParts } from '../../ingest-gateway/rollups/tiers.ts';
import { hostName, instant } from '../../ingest-gateway/schema/parameter-types.ts';
import { addPrometheusFlags, type GatewayFlags, withGatewayStore } from '../cli/gateway-store.ts';
import { print } from '../cli/table.ts';
import { createProgress, printPrune, printStatus } from './tiers-output.ts';

/** Sets the exit code: 0 done, 1 failed or partly done, 2 invalid usage or configuration. */
export async function run(argv: readonly string[]): Promise<void> {
  try {
    await createCommand().parseAsync([...argv], { from: 'user' });
  } catch (thrown) {
    process.exitCode = explain(thrown);
  }
}

function createCommand(): Command {
  const command = new Command('hostpulse tiers').description(
    'show, prune and repair the three resolutions of the data',
  );
  const sub = (name: string, description: string): Command =>
    addPrometheusFlags(command.command(name)).description(description);
  sub('status', 'show the data of each tier, and the gaps of the last day').action(status);
  sub('prune', 'delete samples older than the retention of their tier, after checking that the coarser tiers have them')
    .option('--dry-run', 'show what would be deleted, and change nothing')
    .option('--retention.prometheus-data-dir <path>', "Prometheus' data directory, for Prometheus before 2.53")
    .action(prune);
  sub('repair', 'recompute rollups from raw samples, and write missing and wrong points')
    .requiredOption('--from <time>', 'RFC 3339 or epoch milliseconds', readTime('--from'))
    .requiredOption('--to <time>', 'RFC 3339 or epoch milliseconds', readTime('--to'))
    .option('--host <host>', 'only this host', readHost)
    .action(repair);
  for (const each of [command, ...command.commands]) each.exitOverride().allowExcessArguments(false);
  return command;
}

async function status(flags: GatewayFlags): Promise<void> {
  await withParts(flags, async ({ prometheus, repair: looker, tiers }, { intactFromMs }) => {
    printStatus(await readTierStatus({ prometheus, repair: looker, tiers, intactFromMs, nowMs: Date.now() }));
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
  await withParts(flags, async (parts, { intactFromMs = Number.MAX_SAFE_INTEGER, signal }) => {
    const total = emptyReport();
    for (const tier of parts.tiers) {
      const onProgress = createProgress(tier.name, process.stderr);
      const window = { fromMs: from, toMs: to, host };
      const outcome = await parts.repair.run({ tier, window, intactFromMs, mode: 'write', signal, onProgress });
      if (outcome.kind === 'later') throw new Error(`${tier.name}: ${outcome.reason}`);
      addReport(total, outcome.report);
    }
    print(`${total.missing} points were missing, ${total.wrong} wrong; ${repaired(total)} are repaired`);
    for (const [reason, count] of total.refused) print(`${count} points refused by Prometheus: ${reason}`);
    if (total.remaining > 0) process.exitCode = 1;
  });
}

interface Circumstances {
  /** Start of complete raw samples; undefined when the backend cannot replace points. */
  readonly intactFromMs: number | undefined;
  /** Aborted by Ctrl-C and SIGTERM, so that the lease is released. */
  readonly signal: AbortSignal;
}

async function withParts(
  flags: GatewayFlags,
  act: (parts: TierParts, circumstances: Circumstances) => Promise<void>,
): Promise<void> {
  await withGatewayStore(flags, async (db, config) => {
    const { prometheusUser: username, prometheusPassword: password } = config;
    const stopping = new AbortController();
    const stop = (): void => stopping.abort(new Error('stopped; completed work stays'));
    for (const name of stopSignals) process.once(name, stop);
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
      const keep = { nowMs: Date.now(), keepRawMs: keepRawMs(periodsOf(config)) };
      const intactFromMs = config.retentionEnabled ? await intactFrom(db, keep) : undefined;
      await act(parts, { intactFromMs, signal: stopping.signal });
    } catch (thrown) {
      throw stopping.signal.aborted ? stopping.signal.reason : thrown;
    } finally {
      for (const name of stopSignals) process.off(name, stop);
      parts.close();
    }
  });
}

const stopSignals = ['SIGINT', 'SIGTERM'] as const;

function readTime(flag: string): (value: string) => number {
  return (value) => {
    const parsed = instant.safeParse(value);
    if (parsed.success) return parsed.data;
    throw new CommanderError(2, 'time', `${flag}: expected RFC 3339 or epoch milliseconds, got "${value}"`);
  };
}

function readHost(value: string): string {
  if (hostName.safeParse(value).success) return value;
  throw new CommanderError(2, 'host', `--host: expected a host name of 1 to 255 characters, got "${value}"`);
}

function explain(thrown: unknown): number {
  if (thrown instanceof CommanderError) {
    if (['time', 'host'].includes(thrown.code)) process.stderr.write(`hostpulse tiers: ${thrown.message}\n`);
    return thrown.exitCode === 0 ? 0 : 2;
  }
  process.stderr.write(`hostpulse tiers: ${messageOf(thrown)}\n`);
  return thrown instanceof ConfigError ? 2 : 1;
}
