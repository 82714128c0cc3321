/** Creates a body decoder with low limits, for tests. */
import { HttpProblem } from '../../common/http/problem.ts';
import { createLog } from '../../common/program/log.ts';
import { createBodyDecoder, type DecodedBody } from '../../ingest-gateway/decode/body-decoder.ts';
import { createDecodeThread } from '../../ingest-gateway/decode/decode-thread.ts';
import type { PushBody } from '../../ingest-gateway/decode/push-decoder.ts';
import { createSeriesLimits, createSeriesSeed } from '../../ingest-gateway/ingest/active-series/series-limits.ts';
import type { BodyBomb } from './body-bombs.ts';

export interface TestDecoder {
  /** Decodes a body that the key pushes. The default key is `one`. */
  decode(body: Pick<PushBody, 'format' | 'bytes'> & Partial<PushBody>, key?: string): Promise<DecodedBody>;
  /** Returns the status of the problem, 400 for a remote write with rejected samples, or 200. */
  statusOf(bomb: BodyBomb): Promise<number>;
  stop(): Promise<void>;
}

/** Returns a decoder that allows 3,000 series a host, and 5,000 series and two hosts a key. The only scrape target is the relay. */
export function createTestDecoder(nowMs: number): TestDecoder {
  const targets = new Set(['relay\nserver']);
  const seed = createSeriesSeed();
  const scraped = {
    hasTarget: (job: string, instance: string) => targets.has(`${job}\n${instance}`),
    targets: () => targets,
  };
  const log = createLog({ level: 'error', format: 'logfmt', program: 'test', write: () => undefined });
  const thread = createDecodeThread({ seed, scraped, log });
  const decoder = createBodyDecoder({
    seriesLimits: createSeriesLimits({
      bounds: { maxHostSeries: 3_000, maxKeySeries: 5_000, maxKeyHosts: 2 },
      now: () => nowMs,
    }),
    seed,
    scraped,
    large: thread,
  });
  const decode: TestDecoder['decode'] = (body, key = 'one') =>
    decoder.decode({ boundHost: undefined, pusher: { id: `key ${key}`, name: key }, nowMs, ...body });
  return {
    decode,
    async statusOf({ format, bytes, isGzip }) {
      try {
        const { rejections } = await decode({ format, bytes, encoding: isGzip ? 'gzip' : undefined });
        return format === 'remote_write' && rejections.total() > 0 ? 400 : 200;
      } catch (error) {
        if (error instanceof HttpProblem) return error.status;
        throw error;
      }
    },
    stop: () => thread.stop(),
  };
}
