/** The custom channel sends what its templates say, in each format. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { messageCases } from '../../support/alert-messages.ts';
import { context } from '../../support/channel-contract.ts';
import { named } from '../../support/named.ts';
import { createServiceChannel } from '../../support/service-channel.ts';
import { type ServiceSink, startServiceSink } from '../../support/service-sink.ts';

let sink: ServiceSink;
beforeEach(async () => {
  sink = await startServiceSink(() => ({ status: 200, body: '{"result": "queued"}' }));
});
afterEach(() => sink.stop());

async function deliver(tree: object, name = 'hostile') {
  const channel = createServiceChannel({ type: 'custom', url: sink.url, ...tree }, { now: Date.now });
  return channel.deliver(named(messageCases, name), context);
}

test.each([
  ['form', 'host={{host}}&status={{status}}', 'host=%3Cscript%3Ealert(1)%3C%2Fscript%3E&status=firing'],
  ['xml', '<host>{{host}}</host>', '<host>&lt;script&gt;alert(1)&lt;/script&gt;</host>'],
  ['text', '{{host}} {{labels.none}}', '<script>alert(1)</script> '],
  ['json', '{"host": "{{host}}", "none": {{labels.none}}}', '{"host": "<script>alert(1)</script>", "none": null}'],
])('%s', async (format, body, expected) => {
  expect(await deliver({ format, body, method: 'PUT' })).toEqual({ kind: 'ok' });
  const [request] = sink.requests;
  expect([request?.method, request?.body.toString()]).toEqual(['PUT', expected]);
});

test('an alert adds no header and no second parameter', async () => {
  await deliver({ url: `${sink.url}/a?alert={{alert}}`, body: '1', headers: { 'X-Severity': '{{severity}}' } });
  const [request] = sink.requests;
  expect(request?.headers['x-severity']).toBe('warning X-Evil: 1');
  expect(request?.headers['x-evil']).toBeUndefined();
  expect([...(request?.url.searchParams.keys() ?? [])]).toEqual(['alert']);
});

test('success_text: an answer without it is retried', async () => {
  expect(await deliver({ body: '1', success_text: 'queued' })).toEqual({ kind: 'ok' });
  expect(await deliver({ body: '1', success_text: 'sent' })).toEqual({
    kind: 'retry',
    reason: 'the answer does not contain success_text',
  });
});
