/** `hostpulse tiers`: shows, prunes and repairs the three resolutions, as the gateway does every night. */
import { existsSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { ConfigError, loadConfig } from '../common/program/config.ts';
import { readConfigFile } from '../common/program/config-file.ts';
import { createLog, messageOf } from '../common/program/log.ts';
import { logSettings } from '../common/program/run.ts';
import { openStore } from '../common/store/open.ts';
import { settings } from '../ingest-gateway/config.ts';
import { hostName, instant } from '../ingest-gateway/parameter-kinds.ts';
import { intactFrom } from '../ingest-gateway/tiers/intact.ts';
import { addReport, emptyReport, repaired } from '../ingest-gateway/tiers/repair-report.ts';
import { keepRawMs } from '../ingest-gateway/tiers/retention-plan.ts';
import { periodsOf } from '../ingest-gateway/tiers/settings.ts';
import { readTierStatus } from '../ingest-gateway/tiers/status.ts';
import { createTierParts, type TierParts } from '../ingest-gateway/tiers/tiers.ts';
import { print } from './table.ts';
import { printPrune, printStatus, progressBar } from './tiers-output.ts';

/** Ends the process: 0 done, 1 not or not wholly done, 2 usage or configuration. */
export async function run(argv: readonly string[]): Promise<void> {
  try {
    await createCommand().parseAsync([...argv], { from: 'user' });
  } catch (thrown) {
    process.exitCode = explain(thrown);
  }
}

/** The gateway's own settings, by its own names. */
const settingFlags = [
  ['config.file', '<path>', "the gateway's YAML file"],
  ['database.path', '<path>', "the gateway's SQLite file"],
  ['prometheus.url', '<url>', 'Prometheus'],
  ['prometheus.basic-auth.username', '<text>', 'user at Prometheus'],
  ['prometheus.basic-auth.password-file', '<path>', 'file that holds the password at Prometheus'],
] as const;

type SettingFlags = Readonly<Partial<Record<(typeof settingFlags)[number][0], string>>>;

function createCommand(): Command {
  const command = new Command('hostpulse tiers').description('show, prune and repair the three resolutions');
  const sub = (name: string, description: string): Command => {
    const made = command.command(name).description(description);
    for (const [flag, value, help] of settingFlags) made.option(`--${flag} ${value}`, help);
    return made;
  };
  sub('status', 'what each tier holds, and the holes of the last day').action(status);
  sub('prune', 'delete what is older than its tier is kept, once the coarser tiers are proven to have it')
    .option('--dry-run', 'say what would go, and change nothing')
    .action(prune);
  sub('repair', 'recompute rollups from raw samples; write what is missing or wrong')
    .requiredOption('--from <time>', 'RFC 3339 or epoch milliseconds', readTime('--from'))
    .requiredOption('--to <time>', 'the same', readTime('--to'))
    .option('--host <host>', 'one host; all when absent', readHost)
    .action(repair);
  for (const each of [command, ...command.commands]) each.exitOverride().allowExcessArguments(false);
  return command;
}

async function status(flags: SettingFlags): Promise<void> {
  await withParts(flags, async ({ prometheus, repair: looker, tiers }) => {
    printStatus(await readTierStatus({ prometheus, repair: looker, tiers, nowMs: Date.now() }));
  });
}

interface PruneFlags extends SettingFlags {
  readonly dryRun?: true;
}

async function prune({ dryRun, ...flags }: PruneFlags): Promise<void> {
  await withParts(flags, async ({ nightly }) => {
    const report = await nightly.prune({ mode: dryRun === true ? 'look' : 'delete' });
    printPrune(report);
    if (report.days.some(({ fate }) => fate !== 'deleted')) process.exitCode = 1;
  });
}

interface RepairFlags extends SettingFlags {
  readonly from: number;
  readonly to: number;
  readonly host?: string;
}

async function repair({ from, to, host, ...flags }: RepairFlags): Promise<void> {
  if (to < from) throw new CommanderError(2, 'time', '--to: expected a time at or after --from');
  await withParts(flags, async (parts, intactFromMs) => {
    const total = emptyReport();
    for (const tier of parts.tiers) {
      const onProgress = progressBar(tier.name);
      const window = { fromMs: from, toMs: to, host };
      const outcome = await parts.repair.run({ tier, window, intactFromMs, mode: 'write', onProgress });
      if (outcome.kind === 'later') throw new Error(`${tier.name}: ${outcome.reason}`);
      addReport(total, outcome.report);
    }
    print(`${total.missing} points were missing, ${total.wrong} wrong; ${repaired(total)} are right now`);
    for (const [reason, count] of total.refused) print(`${count} points refused by Prometheus: ${reason}`);
    if (total.remaining > 0) process.exitCode = 1;
  });
}

async function withParts(
  flags: SettingFlags,
  act: (parts: TierParts, intactFromMs: number) => Promise<void>,
): Promise<void> {
  const { 'config.file': file, ...given } = flags;
  const config = loadConfig(
    { ...settings, ...logSettings },
    {
      program: 'gateway',
      flags: given,
      environment: process.env,
      ...(file === undefined ? {} : { file: readConfigFile(file, process.env) }),
    },
  );
  if (!existsSync(config.databasePath))
    throw new Error(`there is no database at ${config.databasePath}; give --config.file or --database.path`);
  const store = await openStore({ path: config.databasePath });
  const { prometheusUser: username, prometheusPassword: password } = config;
  const parts = createTierParts({
    config,
    prometheusUrl: config.prometheusUrl,
    basicAuth: username === undefined || password === undefined ? undefined : { username, password },
    db: store.db,
    log: createLog({ level: 'warn', format: 'logfmt', program: 'tiers' }),
    now: Date.now,
    onSweep: () => undefined,
  });
  try {
    const keep = { nowMs: Date.now(), keepRawMs: keepRawMs(periodsOf(config)) };
    await act(parts, config.retentionEnabled ? await intactFrom(store.db, keep) : Number.MAX_SAFE_INTEGER);
  } finally {
    parts.close();
    await store.close();
  }
}

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
