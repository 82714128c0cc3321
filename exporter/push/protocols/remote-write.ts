/** `protocol: remote_write`: Prometheus remote write 1.0, to the gateway or any other receiver. */
import { messageOf } from '../../../common/program/log.ts';
import { createWriteRequestWriter, encodeLabels, type LabelBytes } from '../../../common/remote-write/encode.ts';
import { createBlockWriter } from '../../../common/remote-write/snappy.ts';
import { createColumns } from './columns.ts';
import { createHttpTransport } from './http-transport.ts';
import { outcomeOfHttp } from './outcome.ts';
import { authorization, besideHostLabels, job, type Sender, type SenderOptions } from './sender.ts';

const timeoutMs = 30_000;

/** Throws when a TLS file cannot be read. */
export function createRemoteWriteSender(options: SenderOptions): Sender {
  const { host, labels, apiKey, version, now, tls, environment } = options;
  const hostLabels = { ...labels, job, instance: host };
  const columns = createColumns<LabelBytes>((family, series) =>
    encodeLabels(family.name + (series.suffix ?? ''), {
      ...besideHostLabels(series.labels, hostLabels),
      ...hostLabels,
    }),
  );
  const writer = createWriteRequestWriter();
  const blocks = createBlockWriter();
  const transport = createHttpTransport({
    url: remoteWriteUrl(options.serverUrl),
    tls,
    environment,
    timeoutMs,
    headers: {
      'Content-Type': 'application/x-protobuf',
      'Content-Encoding': 'snappy',
      'X-Prometheus-Remote-Write-Version': '0.1.0',
      'User-Agent': `hostpulse-exporter/${version}`,
      ...authorization(apiKey),
    },
  });
  return {
    async send(sets, signal) {
      for (const { head, timestampsMs, values } of columns(sets)) writer.add(head, timestampsMs, values);
      try {
        const outcome = outcomeOfHttp(await transport.post(blocks.compress(writer.finish()), signal), now());
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

/** Returns the URL unchanged when its path is a remote-write path (Mimir, Thanos). Otherwise, appends `/api/v1/write`. */
export function remoteWriteUrl(serverUrl: string): URL {
  const url = new URL(serverUrl);
  if (!/\/(write|push|receive)$/.test(url.pathname)) url.pathname = `${url.pathname.replace(/\/$/, '')}/api/v1/write`;
  return url;
}
