/** The end of a group, where some or all hosts were down. */
import { expect, test } from '@jest/globals';
import { groupText } from '../../../alert-relay/text/group-text.ts';
import { groupCases } from '../../support/alert-messages.ts';
import { named } from '../../support/named.ts';

const ended = named(groupCases, 'group-resolved');
const withDown = (count: number) => ({
  ...ended,
  shown: ended.shown.map((message, at) => ({ ...message, isHostDown: at < count })),
});

test.each([
  [0, 'resolved', 'Resolved', /^All \d+ alerts are resolved after [^,]+\.$/],
  [
    1,
    'notice',
    'Resolved',
    /^All \d+ alerts ended after .+, some because their hosts were down\. The conditions may persist\.$/,
  ],
  [Infinity, 'notice', 'No data', /^All \d+ alerts ended after .+, because their hosts were down\. The conditions/],
])('with %d hosts down: tone %s, status %s', (count, tone, status, lead) => {
  const text = groupText(withDown(count));
  expect(text).toMatchObject({ tone, status, lead: expect.stringMatching(lead) });
  expect(text.lines.filter(({ detail }) => detail.includes('no data'))).toHaveLength(
    Math.min(count, ended.shown.length),
  );
});

test('a firing group shows which of its ended alerts had no data', () => {
  const partly = named(groupCases, 'group-partly');
  const shown = partly.shown.map((message) => ({ ...message, isHostDown: message.status === 'resolved' }));
  const { lines } = groupText({ ...partly, shown });
  expect(lines.some(({ isFiring, detail }) => !isFiring && detail.includes('no data'))).toBe(true);
  expect(lines.some(({ detail }) => detail.includes('resolved'))).toBe(false);
});
