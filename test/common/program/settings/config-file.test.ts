/** Texts that YAML reads as an alias, an anchor or a tag, and which are passwords without quotes. */
import { describe, expect, test } from '@jest/globals';
import { parseConfigFile } from '../../../../common/program/settings/config-file.ts';

const parse = (text: string) => parseConfigFile(text, { file: 'relay.yml', environment: {} });

describe('a plain text that starts with a sign of YAML', () => {
  test.each([
    ['*', 'webhook:\n  token: *CANARY'],
    ['&', 'webhook:\n  token: &CANARY'],
    ['&', '# first line\nwebhook: {token: &CANARY}'],
    ['!', 'webhook:\n  token: !CANARY x'],
    ['!', 'webhook:\n  token: !CANARY'],
  ])('%s is a problem at its line that does not show the text', (sign, text) => {
    const { problems, root } = parse(text);
    const place = 'relay.yml:2';
    expect(problems).toEqual([{ place, expected: `quotes around a text that starts with ${sign}`, got: 'none' }]);
    expect(root).toEqual({});
  });

  test('anchors and aliases work', () => {
    expect(parse('a: &one {x: 1}\nb: *one\nc: "*two"')).toMatchObject({
      problems: [],
      root: { a: { x: 1 }, b: { x: 1 }, c: '*two' },
    });
  });
});

test.each(['CANARY', '- CANARY', '"CANARY'])('no text of a file that is no map is shown: %s', (text) => {
  const { problems } = parse(text);
  expect(problems).toHaveLength(1);
  expect(JSON.stringify(problems)).not.toContain('CANARY');
});
