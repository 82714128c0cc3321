/** A channel that falls behind gets messages without pictures. */
import { afterEach, expect, test } from '@jest/globals';
import type { Channel } from '../../../alert-relay/channel/channel.ts';
import { eventually } from '../../support/eventually.ts';
import { type PipelineHarness, startPipeline } from '../../support/pipeline-harness.ts';

let harness: PipelineHarness;
afterEach(() => harness.stop());

test('a message that was due for more than 5 s has no picture, until the channel has caught up', async () => {
  const told: string[] = [];
  let release: () => void = () => undefined;
  const blocked = new Promise<void>((resolve) => (release = resolve));
  const slow: Channel = {
    name: 'slow',
    messagesPerMinute: undefined,
    async deliver({ alertname }, { tryPicture }) {
      told.push(`${alertname} ${tryPicture === undefined ? 'without' : 'with'}`);
      if (alertname === 'A') await blocked;
      return { kind: 'ok' };
    },
  };
  harness = await startPipeline({ channels: [], extraChannels: [slow] });
  const firing = (name: string) => [{ name, startsAtMs: harness.at(0) }];
  await harness.post(firing('A'));
  await eventually({ what: 'A is under way', limitMs: 5_000, pollMs: 5 }, () => (told.length > 0 ? true : undefined));
  await harness.post(firing('B'));
  harness.setTime(6);
  release();
  await harness.settled();
  await harness.post(firing('C'));
  await harness.settled();
  expect(told).toEqual(['A with', 'B without', 'C with']);
});
