/** `protocol: http`: the gateway's JSON contract, gzipped, with several points per series. */
import { messageOf } from '../../../common/program/log.ts';
import { renderValue } from '../../exposition/exposition.ts';
import { createCompress } from '../../http/http-response.ts';
import type { SampleSet } from '../buffer/sample-buffer.ts';
import type { LayoutFamily, LayoutSeries } from '../sampler/series-layout.ts';
import { createColumns } from './columns.ts';
import { createHttpTransport } from './http-transport.ts';
import { firstWords, type HttpResponse, misdirected, outcomeOfHttp, type PushOutcome } from './outcome.ts';
import { authorization, besideHostLabels, type Sender, type SenderOptions } from './sender.ts';

const timeoutMs = 30_000;
const path = '/api/v1/metrics/collect';

/** Throws when a TLS file cannot be read. */
export function createJsonSender(options: SenderOptions): Sender {
  const { serverUrl, host, labels, apiKey, version, now, tls, environment } = options;
  const hostLabels = { ...labels, job: '', instance: '' };
  const columns = createColumns<string>((family, series) => headOf(family, series, hostLabels));
  const bodyStart = `{"host":${JSON.stringify(host)},"labels":${JSON.stringify(labels)},"metrics":[`;
  const gzip = createCompress('gzip');
  const url = new URL(serverUrl);
  url.pathname = url.pathname.replace(/\/$/, '') + path;
  const transport = createHttpTransport({
    url,
    tls,
    environment,
    timeoutMs,
    headers: {
      'Content-Type': 'application/json',
      'Content-Encoding': 'gzip',
      'User-Agent': `hostpulse-exporter/${version}`,
      ...authorization(apiKey),
    },
  });

  function renderBody(sets: readonly SampleSet[]): string {
    let body = '';
    for (const { head, timestampsMs, values } of columns(sets)) {
      let points = '';
      for (let index = 0; index < timestampsMs.length; index++)
        points += `${index === 0 ? '' : ','}[${timestampsMs[index]},${renderJsonValue(values[index] as number | null)}]`;
      body += `${body === '' ? '' : ','}${head}${points}]}`;
    }
    return `${bodyStart}${body}]}`;
  }

  return {
    async send(sets, signal) {
      try {
        const response = await transport.post(gzip([renderBody(sets)]), signal);
        const outcome = withRejections(outcomeOfHttp(response, now()), response);
        if (outcome.kind === 'retry') transport.renew();
        return outcome;
      } catch (error) {
        transport.renew();
        return { kind: 'retry', reason: 'network', detail: messageOf(error) };
      }
    },
    close: () => transport.close(),
  };
}

function headOf({ name, type }: LayoutFamily, { labels, suffix = '' }: LayoutSeries, hostLabels: object): string {
  const tags = besideHostLabels(labels, hostLabels as Record<string, string>);
  return `{"name":${JSON.stringify(name + suffix)},"type":"${type}","tags":${JSON.stringify(tags)},"points":[`;
}

/** JSON has no NaN and no infinities: they are strings. `null` ends a series. */
function renderJsonValue(value: number | null): string {
  return value === null || Number.isFinite(value) ? String(value) : `"${renderValue(value)}"`;
}

/** Adds the samples that the gateway rejected from an accepted batch, with its reasons. */
function withRejections(outcome: PushOutcome, { status, body }: HttpResponse): PushOutcome {
  if (outcome.kind !== 'ok' || body === '') return outcome;
  let parsed: { readonly rejected?: unknown; readonly errors?: unknown } | null;
  try {
    parsed = JSON.parse(body) as typeof parsed;
  } catch {
    return misdirected(`HTTP ${status}: ${firstWords(body)}; expected the gateway's JSON`);
  }
  const { rejected, errors } = parsed ?? {};
  const rejectedSamples = countRejected(rejected);
  if (rejectedSamples === 0) return outcome;
  return {
    kind: 'ok',
    rejectedSamples,
    detail: firstWords(JSON.stringify(Array.isArray(rejected) ? rejected : errors)),
  };
}

/** Accepts a number, or a list of `{reason, count}`. A reason without a count counts as one sample. */
function countRejected(rejected: unknown): number {
  if (typeof rejected === 'number') return rejected;
  if (!Array.isArray(rejected)) return 0;
  return rejected.reduce<number>((sum, each: { readonly count?: unknown } | null) => {
    const count = each?.count;
    return sum + (typeof count === 'number' ? count : 1);
  }, 0);
}
