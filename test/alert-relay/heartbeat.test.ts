/** The heartbeat is sent while the Watchdog fires and withheld otherwise. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { sendHeartbeat } from '../../alert-relay/heartbeat.ts';
import { Secret } from '../../common/program/settings/secret.ts';
import { type PipelineHarness, startPipeline } from '../support/pipeline-harness.ts';
import { createRecordingLog } from '../support/recording-log.ts';
import { type SlackSink, startSlackSink } from '../support/slack-sink.ts';

let harness: PipelineHarness;
let receiver: SlackSink; // any HTTP server
beforeEach(async () => {
  harness = await startPipeline();
  receiver = await startSlackSink();
  receiver.answerWith({ status: 200, body: 'OK' });
});
afterEach(async () => {
  await receiver.stop();
  await harness.stop();
});

const log = createRecordingLog();
const beat = () => {
  const { store, metrics, now } = harness;
  const url = new Secret(receiver.webhookUrl);
  const options = { db: store.db, url, watchdogMaxAgeMs: 900_000, metrics, log, now };
  return sendHeartbeat(options, new AbortController().signal);
};

const counted = async () => {
  const metric = await harness.registry.getSingleMetric('hostpulse_relay_heartbeats_total')?.get();
  return Object.fromEntries((metric?.values ?? []).map(({ labels, value }) => [labels['outcome'], value]));
};

test('heartbeats start with the first Watchdog, stop when it is missing and continue when it returns', async () => {
  await beat();
  expect(await counted()).toEqual({ ok: 0, failed: 0, withheld: 1 });
  await harness.post([{ name: 'Watchdog', startsAtMs: harness.at(0) }]);
  harness.setTime(900);
  await beat();
  expect(await counted()).toEqual({ ok: 1, failed: 0, withheld: 1 });
  harness.setTime(901);
  await beat();
  expect(await counted()).toEqual({ ok: 1, failed: 0, withheld: 2 });
  await harness.post([{ name: 'Watchdog', startsAtMs: harness.at(0) }]);
  receiver.answerWith({ status: 500, body: '' });
  await beat();
  expect(await counted()).toEqual({ ok: 1, failed: 1, withheld: 2 });
  expect(log.lines.map(({ level }) => level)).toEqual(['warn', 'warn', 'warn']);
  expect(JSON.stringify(log.lines)).not.toContain('s3cret');
});
