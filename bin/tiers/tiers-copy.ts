/** `hostpulse tiers copy`: copies the samples of a Prometheus to another backend, before or after the gateway moves there. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, CommanderError } from 'commander';
import { operatorOf, parseMatchers } from '../../common/alertmanager/matchers.ts';
import { isPattern } from '../../common/alertmanager/pattern.ts';
import type { Matcher } from '../../common/catalogue/expression.ts';
import { renderSelector } from '../../common/catalogue/promql.ts';
import { backoffMs } from '../../common/program/retry.ts';
import { ConfigError, loadConfig } from '../../common/program/settings/config.ts';
import { readConfigFile } from '../../common/program/settings/config-file.ts';
import { httpHeaders } from '../../common/program/settings/http-headers.ts';
import { secret, text, url } from '../../common/program/settings/setting-type.ts';
import { optional } from '../../common/program/settings/settings.ts';
import { parseDuration } from '../../common/program/settings/units.ts';
import { type BasicAuth, createPrometheusConnection } from '../../common/prometheus/connection.ts';
import { queryLabelValues } from '../../common/prometheus/query.ts';
import { type GatewayConfig, settings } from '../../ingest-gateway/config.ts';
import {
  classifyResponse,
  createRemoteWriteClient,
  type WriteOutcome,
} from '../../ingest-gateway/forward/remote-write-client.ts';
import { instant } from '../../ingest-gateway/schema/fields.ts';
import { addPrometheusFlags, type GatewayFlags } from '../cli/gateway-store.ts';
import { addExamples } from '../cli/help/examples.ts';
import { loadProgramConfig } from '../cli/program-store.ts';
import { print } from '../cli/table.ts';
import { copySamples } from './copy/copy.ts';
import { type CopyState, removeState, tryReadState, writeState } from './copy/copy-state.ts';
import { readSeries } from './copy/remote-read.ts';
import { createProgress } from './tiers-output.ts';

export function addCopyCommand(command: Command): Command {
  return addExamples(addPrometheusFlags(command.command('copy')), [
    '--to http://victoria-metrics:8428/api/v1/write',
    'copy the samples of the last 31 days to VictoriaMetrics',
  ])
    .description(
      'copy the samples of Prometheus to another backend by remote read and remote write; continues where it stopped',
    )
    .requiredOption(
      '--to <url>',
      'remote write URL of the backend, such as http://victoria-metrics:8428/api/v1/write',
      readUrl,
    )
    .option('--to.config <path>', 'YAML file with basic_auth and headers for the backend')
    .option('--match <matchers>', 'only series that these matchers select, such as {job="node"}', '')
    .option(
      '--start <time>',
      'first time: RFC 3339 or epoch milliseconds; default: 31 days before the end',
      readTime('--start'),
    )
    .option('--end <time>', 'time that is not copied any more; default: now', readTime('--end'))
    .option('--window <duration>', 'time that is read at once; halved where an answer is too large', '6h')
    .option('--state-file <path>', 'file that holds the progress', 'hostpulse-copy.json')
    .action(copy);
}

interface CopyFlags extends GatewayFlags {
  readonly to: string;
  readonly 'to.config'?: string;
  readonly match: string;
  readonly start?: number;
  readonly end?: number;
  readonly window: string;
  readonly stateFile: string;
}

const defaultRangeMs = 31 * 86_400_000;
/** Uncompressed. Reading, splitting and writing hold a few times as much. */
const maxAnswerBytes = 32 * 2 ** 20;
const readTimeoutMs = 120_000;

async function copy({ to, 'to.config': targetFile, match, start, end, window, stateFile, ...flags }: CopyFlags) {
  const config = loadProgramConfig('gateway', settings, flags);
  const matchers = matchersOf(match);
  const windowMs = parseDuration(window) ?? 0;
  if (windowMs < 60_000) throw new CommanderError(2, 'window', `--window: expected at least 1m, got "${window}"`);
  const endMs = end ?? Date.now();
  const startMs = start ?? endMs - defaultRangeMs;
  if (startMs >= endMs) throw new CommanderError(2, 'time', '--end: expected a time after --start');
  const wanted = { from: config.prometheusUrl, to, match, startMs, endMs };
  const state = stateOf(stateFile, wanted, { isStartGiven: start !== undefined, isEndGiven: end !== undefined });
  const target = createTarget(to, targetFile);
  const source = createSource(config);
  const stopping = new AbortController();
  const stop = (): void => stopping.abort(new Error(`stopped; the same command continues from ${stateFile}`));
  for (const name of stopSignals) process.once(name, stop);
  const onProgress = createProgress('copy', process.stderr);
  try {
    const { samples } = await copySamples({
      source: source.source,
      write: (body) => writeUntilStored(target, body, stopping.signal),
      state,
      matchers,
      windowMs,
      signal: stopping.signal,
      onProgress(next, share) {
        writeState(stateFile, next);
        onProgress(share);
      },
    });
    removeState(stateFile);
    print(`${samples} samples copied from ${time(state.startMs)} to ${time(state.endMs)}`);
  } catch (thrown) {
    throw stopping.signal.aborted ? stopping.signal.reason : thrown;
  } finally {
    for (const name of stopSignals) process.off(name, stop);
    source.close();
    target.close();
  }
}

const stopSignals = ['SIGINT', 'SIGTERM'] as const;

type Wanted = Pick<CopyState, 'from' | 'to' | 'match' | 'startMs' | 'endMs'>;

/** Returns the state of an interrupted copy, or a new one. Throws if the file belongs to another copy. */
function stateOf(
  path: string,
  wanted: Wanted,
  { isStartGiven, isEndGiven }: { readonly isStartGiven: boolean; readonly isEndGiven: boolean },
): CopyState {
  const found = tryReadState(path);
  if (found === undefined) return { ...wanted, windowMs: wanted.startMs, name: '', samples: 0 };
  const isSame =
    found.from === wanted.from &&
    found.to === wanted.to &&
    found.match === wanted.match &&
    (!isStartGiven || found.startMs === wanted.startMs) &&
    (!isEndGiven || found.endMs === wanted.endMs);
  if (isSame) return found;
  throw new Error(`${path}: holds the progress of another copy, to ${found.to}; delete the file, or give --state-file`);
}

function createSource(config: GatewayConfig) {
  const { prometheusUrl, prometheusUser: username, prometheusPassword: password, prometheusHeaders: headers } = config;
  const basicAuth: BasicAuth | undefined =
    username === undefined || password === undefined ? undefined : { username, password };
  const connection = createPrometheusConnection({
    name: 'Prometheus',
    url: prometheusUrl,
    basicAuth,
    headers,
    timeoutMs: readTimeoutMs,
    maxConcurrency: 1,
    maxAnswerBytes,
  });
  const selectorOf = (matchers: readonly Matcher[]): string =>
    renderSelector('', [{ label: '__name__', operator: '!=', value: '' }, ...matchers]);
  const options = { url: prometheusUrl, basicAuth, headers, timeoutMs: readTimeoutMs, maxBytes: maxAnswerBytes };
  return {
    source: {
      names: (matchers: readonly Matcher[]) =>
        queryLabelValues(connection, {
          label: '__name__',
          selector: selectorOf(matchers),
          startMs: 0,
          endMs: Date.now(),
        }),
      read: (range: Parameters<typeof readSeries>[1]) => readSeries(options, range),
    },
    close: () => connection.close(),
  };
}

const targetSettings = {
  username: optional({ path: 'basic_auth.username', flag: null, help: 'user name', type: text }),
  password: optional({ path: 'basic_auth.password', flag: null, help: 'password', type: secret }),
  headers: optional({ path: 'headers', flag: null, help: 'headers of every request', type: httpHeaders }),
};

function createTarget(writeUrl: string, file: string | undefined) {
  const { username, password, headers } = loadConfig(targetSettings, {
    program: 'copy',
    flags: {},
    environment: {},
    ...(file === undefined ? {} : { file: readConfigFile(file, process.env) }),
  });
  const isWhole = (username === undefined) === (password === undefined);
  if (!isWhole)
    throw new ConfigError([{ place: `${file}: basic_auth`, expected: 'username and password', got: 'one of them' }]);
  const basicAuth = username === undefined || password === undefined ? undefined : { username, password };
  return createRemoteWriteClient({ url: writeUrl, writeUrl, basicAuth, headers, maxConcurrency: 1, timeoutMs: 60_000 });
}

/** Ten minutes with full jitter: a restart of the backend interrupts nothing. */
const maxAttempts = 40;

async function writeUntilStored(
  client: ReturnType<typeof createTarget>,
  body: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  for (let attempts = 1; ; attempts += 1) {
    signal.throwIfAborted();
    const outcome = await client
      .send(body)
      .then((response) => classifyResponse(response, Date.now()))
      .catch((error: unknown): WriteOutcome => ({ kind: 'unreachable', message: String(error) }));
    if (outcome.kind === 'ok') return;
    if (outcome.kind === 'refused') throw new Error(`the backend refuses samples: ${outcome.message}`);
    if (attempts >= maxAttempts) throw new Error(`the backend does not store: ${outcome.message}`);
    const waitMs = outcome.afterMs ?? backoffMs({ attempts, firstMs: 500, maxMs: 30_000, random: Math.random });
    await sleep(waitMs, undefined, { signal });
  }
}

function matchersOf(match: string): readonly Matcher[] {
  try {
    return parseMatchers(match, isPattern).map((each) => ({
      label: each.name,
      operator: operatorOf(each),
      value: each.value,
    }));
  } catch (error) {
    throw new CommanderError(2, 'match', `--match: ${Error.isError(error) ? error.message : String(error)}`);
  }
}

function readUrl(value: string): string {
  const parsed = url.parse(value);
  if ('value' in parsed) return parsed.value;
  throw new CommanderError(2, 'url', `--to: expected an http:// or https:// URL, got "${value}"`);
}

function readTime(flag: string): (value: string) => number {
  return (value) => {
    const parsed = instant.safeParse(value);
    if (parsed.success) return parsed.data;
    throw new CommanderError(2, 'time', `${flag}: expected RFC 3339 or epoch milliseconds, got "${value}"`);
  };
}

function time(timeMs: number): string {
  return new Date(timeMs).toISOString().replace('.000', '');
}
