/** Content that is too long loses its least important parts first. */
import { describe, expect, test } from '@jest/globals';
import { type Content, contentOf, contentOfGroup } from '../../../alert-relay/text/content.ts';
import { byteLength, cutText, renderWithin } from '../../../alert-relay/text/fit.ts';
import { plainText, renderText } from '../../../alert-relay/text/format.ts';
import { groupCases, messageCases } from '../../support/alert-messages.ts';
import { named } from '../../support/named.ts';

const render = (content: Content): string => renderText(content, { format: plainText });
const within = (content: Content, limit: number): string =>
  renderWithin(content, render, (text) => text.length <= limit);

describe('cutText', () => {
  test.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'ab…'],
    ['a🔥b', 3, 'a…'],
    ['🔥🔥', 3, '🔥…'],
    ['', 0, ''],
  ])('%s to %d', (text, limit, expected) => expect(cutText(text, limit)).toBe(expected));
});

test('bytes are of UTF-8', () => expect(byteLength('é한🔥')).toBe(9));

describe('renderWithin', () => {
  const message = contentOf({
    ...named(messageCases, 'firing'),
    labels: { device: 'x'.repeat(2_000) },
    description: 'Do this. '.repeat(500),
  });

  test('everything if it fits', () => expect(within(message, 100_000)).toContain('Do this. Do this.'));

  test.each([3_000, 2_000, 1_000, 800, 700])('%d characters keep title, value and links', (limit) => {
    const text = within(message, limit);
    expect(text.length).toBeLessThanOrEqual(limit);
    expect(text).toMatch(/^🟠 Firing: CpuUsageHigh on web-1\n/);
    expect(text).toContain('Value now: 91.5 %');
    for (const label of ['Alert', 'Graph', 'Silence', 'Runbook'])
      expect(text).toMatch(new RegExp(`${label}: https://`));
  });

  test('the advice goes before facts, facts before the lead', () => {
    expect(within(message, 900)).toContain('Host: web-1');
    expect(within(message, 900)).not.toContain('Do this');
    expect(within(message, 590)).toContain('CPU usage is 91.5 %');
    expect(within(message, 590)).not.toContain('Metric:');
  });

  test('at the smallest, the title and the value', () => {
    expect(within(message, 1)).toBe('🟠 Firing: CpuUsageHigh on web-1\n\nValue now: 91.5 %');
  });

  test('alerts of a group that have no line are counted', () => {
    const group = contentOfGroup(named(groupCases, 'group-firing'));
    expect(within(group, 100_000)).toMatch(/rack-3-node-20\nand 20 more\n/);
    const text = within(group, 800);
    const shown = text.match(/rack-3-node-/g)?.length ?? 0;
    expect(shown).toBeGreaterThan(0);
    expect(text).toContain(`and ${40 - shown} more`);
  });
});
