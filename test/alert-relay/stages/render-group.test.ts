/** The links of a group message: a silence for the whole group, the graph and the runbook of the rule. */
import { afterEach, expect, test } from '@jest/globals';
import type { Channel } from '../../../alert-relay/channel/channel.ts';
import type { GroupMessage } from '../../../alert-relay/text/message.ts';
import { type PipelineHarness, startPipeline } from '../../support/pipeline-harness.ts';

let harness: PipelineHarness;
afterEach(() => harness.stop());

test('the silence matches alert name and severity on all hosts', async () => {
  const groups: GroupMessage[] = [];
  const channel: Channel = {
    name: 'chat',
    messagesPerMinute: undefined,
    deliver: () => Promise.resolve({ kind: 'drop', reason: 'expected a group' }),
    groups: {
      canUpdate: false,
      deliver(group) {
        groups.push(group);
        return Promise.resolve({ kind: 'ok' });
      },
    },
  };
  harness = await startPipeline({ channels: [], extraChannels: [channel], publicUrl: 'https://monitor.example' });
  const annotations = { expr: 'up', runbook_url: 'https://wiki.example/down' };
  const alerts = Array.from({ length: 6 }, (_, at) => ({
    name: `node-${at}`,
    startsAtMs: harness.at(0),
    labels: { alertname: 'HostDown', instance: `node-${at}`, severity: 'critical' },
    annotations,
  }));
  await harness.post(alerts);
  await harness.settled();
  expect(groups).toHaveLength(1);
  const { graph, alert, silence, runbook } = groups[0]?.links ?? {};
  expect([alert, runbook]).toEqual([undefined, 'https://wiki.example/down']);
  expect(graph).toMatch(/^https:\/\/monitor\.example\/.*graph\?expr=up&start=2026-03-01T11%3A30%3A00\.000Z$/);
  expect(silence).toMatch(/^https:\/\/monitor\.example\/.*silences\/new\?filter=/);
  const filter = decodeURIComponent(silence?.replace(/^.*filter=/, '') ?? '');
  expect(filter).toBe('{alertname="HostDown",severity="critical"}');
});
