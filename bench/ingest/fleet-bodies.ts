/** Writes request bodies of simulated hosts in both protocols, with values that change like real values. */
import { gzipSync } from 'node:zlib';
import { createWriteRequestWriter, encodeLabels, type LabelBytes } from '../../common/remote-write/encode.ts';
import { compressBlock } from '../../common/remote-write/snappy.ts';
import type { FleetSeries } from './fleet-series.ts';

export type FleetProtocol = 'json' | 'remote_write';

export interface HostBodies {
  readonly host: string;
  /** Returns a body with all series and a sample at each instant. */
  body(timesMs: readonly number[]): Uint8Array;
}

export interface BodiesOptions {
  readonly protocol: FleetProtocol;
  readonly series: readonly FleetSeries[];
}

/** Creates hosts that share the parts that are equal for all hosts. */
export function createBodies({ protocol, series }: BodiesOptions): (host: string) => HostBodies {
  const heads = series.map(
    ({ name, labels, isCounter }) =>
      `{"name":"${name}","type":"${isCounter ? 'counter' : 'gauge'}","tags":${JSON.stringify(labels)},"points":[`,
  );
  const writer = createWriteRequestWriter();
  return (host) => {
    const values = Float64Array.from(series, () => Math.floor(Math.random() * 1e9));
    const labels: LabelBytes[] | undefined =
      protocol === 'json'
        ? undefined
        : series.map((each) => encodeLabels(each.name, { ...each.labels, instance: host, job: 'node' }));

    function next(at: number): number {
      const value = values[at] as number;
      const step = series[at]?.isCounter === true ? Math.random() * 1_000 : (Math.random() - 0.5) * 4_096;
      values[at] = Math.max(0, value + Math.round(step * 100) / 100);
      return values[at] as number;
    }

    return {
      host,
      body(timesMs) {
        if (labels === undefined) {
          let text = '';
          for (const [at, head] of heads.entries()) {
            const points = timesMs.map((timeMs) => `[${timeMs},${next(at)}]`).join(',');
            text += `${at === 0 ? '' : ','}${head}${points}]}`;
          }
          return gzipSync(`{"host":"${host}","metrics":[${text}]}`, { level: 1 });
        }
        for (const [at, bytes] of labels.entries())
          writer.add(
            bytes,
            timesMs,
            timesMs.map(() => next(at)),
          );
        return compressBlock(writer.finish());
      },
    };
  };
}
