/** Each markup shows the text of an alert unchanged: no emphasis, no link and no mention come from it. */
import { describe, expect, test } from '@jest/globals';
import { contentOf } from '../../../alert-relay/text/content.ts';
import {
  htmlText,
  looseMarkdown,
  markdown,
  plainText,
  renderText,
  withoutMentions,
} from '../../../alert-relay/text/format.ts';
import { messageCases } from '../../support/alert-messages.ts';
import { named } from '../../support/named.ts';

const space = '\u200b';

describe('escapes', () => {
  test.each([
    ['*bold* _x_ `code`', '\\*bold\\* \\_x\\_ \\`code\\`'],
    ['[a](https://x.example)', '\\[a\\](https://x.example)'],
    ['<@U1> @channel', `\\<@${space}U1\\> @${space}channel`],
    ['# head\n- item\n1. one\n-1.5', '\\# head\n\\- item\n1\\. one\n-1.5'],
    ['back\\slash', 'back\\\\slash'],
  ])('Markdown: %s', (text, expected) => expect(markdown.escape(text)).toBe(expected));

  test('Markdown without escapes', () => {
    expect(looseMarkdown.escape('@**all** [a](b)')).toBe(
      `@${space}*${space}*${space}all*${space}*${space} [${space}a]${space}(b)`,
    );
  });

  test('HTML', () => expect(htmlText.escape('<b>"&\'')).toBe('&lt;b&gt;&quot;&amp;&#39;'));
  test('no markup', () => expect(plainText.escape('<b>*')).toBe('<b>*'));
  test('mentions', () => expect(withoutMentions('@all a@b')).toBe(`@${space}all a@${space}b`));
});

describe('links', () => {
  test('signs that end the address are percent-encoded', () => {
    expect(markdown.link('a [b]', 'https://x.example/(c) <d>|e')).toBe(
      '[a \\[b\\]](https://x.example/%28c%29%20%3cd%3e%7ce)',
    );
  });
  test('HTML', () =>
    expect(htmlText.link('a<b', 'https://x.example/"&')).toBe('<a href="https://x.example/&quot;&amp;">a&lt;b</a>'));
});

test('parts are left out if the service shows them elsewhere', () => {
  const content = contentOf(named(messageCases, 'firing'));
  const text = renderText(content, { format: plainText, without: ['headline', 'facts', 'links'] });
  expect(text).toBe('web-1: CPU usage is 91.5 %\n\nAbove 80 % for 5m. Look for the busiest processes on the host.');
});
