/** A critical alert repeats as an emergency until its acknowledgement or its resolution cancels the emergency. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Channel } from '../../../alert-relay/channel/channel.ts';
import { messageCases } from '../../support/alert-messages.ts';
import { context } from '../../support/channel-contract.ts';
import { named } from '../../support/named.ts';
import { createServiceChannel } from '../../support/service-channel.ts';
import { type ServiceSink, startServiceSink } from '../../support/service-sink.ts';
import { services } from '../../support/services.ts';

const service = named(services, 'pushover');
const critical = named(messageCases, 'critical-with-labels');
const resolved = { ...critical, status: 'resolved' as const };
let sink: ServiceSink;
beforeEach(async () => {
  sink = await startServiceSink(service.create());
});
afterEach(() => sink.stop());

const channel = (tree: object = {}): Channel =>
  createServiceChannel({ ...service.settings(sink.url), ...tree }, { now: Date.now });
const sent = () =>
  sink.requests.map(({ url, form }) => [url.pathname, form['priority'], form['retry'], form['expire']]);

test('the receipt of an emergency cancels it', async () => {
  const outcome = await channel({ retry_seconds: 30, expire_seconds: 600 }).deliver(critical, context);
  expect(outcome).toEqual({ kind: 'ok', receipt: 'r1' });
  expect(await channel().deliver(resolved, { ...context, previous: 'r1' })).toEqual({ kind: 'ok' });
  expect(sent()).toEqual([
    ['/1/messages.json', '2', '30', '600'],
    ['/1/receipts/r1/cancel.json', undefined, undefined, undefined],
    ['/1/messages.json', '0', undefined, undefined],
  ]);
});

test('an acknowledgement cancels the emergency and starts no other', async () => {
  const { ackNews, isReminder } = named(messageCases, 'acknowledged');
  const acknowledged = { ...critical, ackNews, isReminder };
  expect(await channel().deliver(acknowledged, { ...context, previous: 'r1' })).toEqual({ kind: 'ok' });
  expect(sent().map(([path, priority]) => [path, priority])).toEqual([
    ['/1/receipts/r1/cancel.json', undefined],
    ['/1/messages.json', '0'],
  ]);
});

test('without emergency, a critical alert has high priority and no receipt', async () => {
  expect(await channel({ emergency: false }).deliver(critical, context)).toEqual({ kind: 'ok' });
  expect(sent()).toEqual([['/1/messages.json', '1', undefined, undefined]]);
});

test('an emergency that has expired does not hold back the resolution', async () => {
  expect(await channel().deliver(resolved, { ...context, previous: 'gone' })).toEqual({ kind: 'ok' });
});
