/** Measures how long bodies that are large, deep or many when decoded hold up the event loop. Run it on a machine without other work. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { HttpProblem } from '../../common/http/problem.ts';
import { createLog } from '../../common/program/log.ts';
import { type BodyDecoder, createBodyDecoder, type DecodedBody } from '../../ingest-gateway/decode/body-decoder.ts';
import type { PushBody } from '../../ingest-gateway/decode/push-decoder.ts';
import { createSeriesLimits, createSeriesSeed } from '../../ingest-gateway/ingest/active-series/series-limits.ts';
import { type BodyBomb, bodyBombs } from '../support/body-bombs.ts';
import { longestTurn } from '../support/turn-cost.ts';

const nowMs = Date.now();
let decoder: BodyDecoder;

beforeEach(() => {
  const log = createLog({ level: 'error', format: 'logfmt', program: 'test', write: () => undefined });
  const targets = new Set(['relay\nserver']);
  decoder = createBodyDecoder({
    seriesLimits: createSeriesLimits({
      bounds: { maxHostSeries: 3_000, maxKeySeries: 5_000, maxKeyHosts: 2 },
      now: () => nowMs,
    }),
    seed: createSeriesSeed(),
    scraped: { hasTarget: (job, instance) => targets.has(`${job}\n${instance}`), targets: () => targets },
    log,
  });
});
afterEach(() => decoder.stop());

function decode(body: Pick<PushBody, 'format' | 'bytes'> & Partial<PushBody>, key = 'one'): Promise<DecodedBody> {
  return decoder.decode({ boundHost: undefined, pusher: { id: `key ${key}`, name: key }, nowMs, ...body });
}

/** Returns the status of the problem, or 200. */
async function statusOf({ format, bytes, isGzip }: BodyBomb): Promise<number> {
  try {
    const { rejections } = await decode({ format, bytes, encoding: isGzip ? 'gzip' : undefined });
    return format === 'remote_write' && rejections.total() > 0 ? 400 : 200;
  } catch (error) {
    if (error instanceof HttpProblem) return error.status;
    throw error;
  }
}

/** The promise is an answer of `/-/healthy` within 100 ms; compiling the code and collecting garbage are included. */
const maxTurnMs = 100;
const decodedBytes = 16 * 2 ** 20;

test('every body has its answer, and none holds up the loop', async () => {
  const bombs = bodyBombs(nowMs, decodedBytes);
  const answers: string[] = [];
  const { longestMs } = await longestTurn(async () => {
    for (const bomb of bombs) answers.push(`${bomb.format}, ${bomb.what}: ${await statusOf(bomb)}`);
  });
  expect(answers).toEqual(bombs.map(({ what, format, status }) => `${format}, ${what}: ${status}`));
  expect(longestMs).toBeLessThan(maxTurnMs);
}, 300_000);

test('hundreds of small bodies at once are decoded in turns', async () => {
  const small = bodyBombs(nowMs, 120 * 1024).filter(
    ({ format, bytes, what }) =>
      format === 'collect' && bytes.length < 10_000 && what !== 'a megabyte of samples without tags',
  );
  const bodies = Array.from({ length: 30 }, () => small).flat();
  const { result, longestMs } = await longestTurn(() => Promise.all(bodies.map(statusOf)));
  expect(result.filter((status) => status >= 500)).toEqual([]);
  expect(longestMs).toBeLessThan(maxTurnMs);
}, 300_000);
