/** The newest attempt of each channel decides. */
import { expect, test } from '@jest/globals';
import { type Alert, judgeDeliveries } from '../../../../bin/doctor/checks/channels.ts';

type Delivery = Alert['notifications'][number];

function delivery(state: Delivery['state'], minute: number, more: Partial<Delivery> = {}): Delivery {
  const time = new Date(Date.UTC(2026, 10, 29, 12, minute)).toISOString();
  return { channel: 'team', state, attempts: 1, created_at: time, reason: 'status 500', ...more };
}

const judge = (...notifications: readonly Delivery[]) =>
  judgeDeliveries([{ rule: 'A', notifications }], ['team', 'mail']);

test('a channel without deliveries, and one whose last delivery succeeded, are well', () => {
  expect(judge()).toEqual([]);
  expect(judge(delivery('dead', 1), delivery('delivered', 2))).toEqual([]);
  expect(judge(delivery('pending', 3, { attempts: 0 }))).toEqual([]);
  expect(judge(delivery('dead', 1, { channel: 'removed' }))).toEqual([]);
});

test('a dead letter and a retried message are faults', () => {
  expect(judge(delivery('delivered', 1), delivery('dead', 2))).toMatchObject([
    {
      level: 'fault',
      message: 'channel team refused the last message: status 500',
      remedy: expect.stringContaining('relay dead retry'),
    },
  ]);
  expect(judge(delivery('pending', 2, { attempts: 3 }))).toMatchObject([
    { message: 'channel team has failed 3 times and is retried: status 500' },
  ]);
});
