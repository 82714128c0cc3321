/** `hostpulse tiers copy`: copies the samples of a Prometheus to another backend, before or after the gateway moves there. */
import { type Command, CommanderError } from 'commander';
import { operatorOf, parseMatchers } from '../../common/alertmanager/matchers.ts';
import { isPattern } from '../../common/alertmanager/pattern.ts';
import type { Matcher } from '../../common/catalogue/expression.ts';
import { renderSelector } from '../../common/catalogue/promql.ts';
import { url } from '../../common/program/settings/setting-type.ts';
import { parseDuration } from '../../common/program/settings/units.ts';
import { type BasicAuth, createPrometheusConnection } from '../../common/prometheus/connection.ts';
import { queryLabelValues } from '../../common/prometheus/query.ts';
import { type GatewayConfig, settings } from '../../ingest-gateway/config.ts';
import { addPrometheusFlags, type GatewayFlags } from '../cli/gateway-store.ts';
import { addExamples } from '../cli/help/examples.ts';
import { timeOption } from '../cli/option-parsers.ts';
import { loadProgramConfig } from '../cli/program-store.ts';
import { stoppable } from '../cli/run-command.ts';
import { print } from '../cli/table.ts';
import { copySamples } from './copy/copy.ts';
import { type CopyState, removeState, tryReadState, writeState } from './copy/copy-state.ts';
import { createCopyTarget } from './copy/copy-target.ts';
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
      timeOption('--start'),
    )
    .option('--end <time>', 'time that is not copied any more; default: now', timeOption('--end'))
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
  const target = createCopyTarget(to, targetFile);
  const source = createSource(config);
  const onProgress = createProgress('copy', process.stderr);
  try {
    await stoppable(`stopped; the same command continues from ${stateFile}`, async (signal) => {
      const { samples } = await copySamples({
        source: source.source,
        write: (body) => target.write(body, signal),
        state,
        matchers,
        windowMs,
        signal,
        onProgress(next, share) {
          writeState(stateFile, next);
          onProgress(share);
        },
      });
      removeState(stateFile);
      print(`${samples} samples copied from ${time(state.startMs)} to ${time(state.endMs)}`);
    });
  } finally {
    source.close();
    target.close();
  }
}

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

function time(timeMs: number): string {
  return new Date(timeMs).toISOString().replace('.000', '');
}
