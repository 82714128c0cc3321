/** The name of an unknown key is compared with the keys of the same type only. */
import { expect, test } from '@jest/globals';
import { channelsType } from '../../../alert-relay/channels/index.ts';

test('a misspelt key of a channel', () => {
  const parsed = channelsType.parse({ ops: { type: 'gotify', url: 'https://x.example', token: 'x', tokne_file: 'y' } });
  expect(parsed).toEqual({
    faults: [{ path: ['ops', 'tokne_file'], expected: 'a known key', got: '"tokne_file"; did you mean "token_file"?' }],
  });
});

test('the key of another type is no suggestion', () => {
  const parsed = channelsType.parse({
    ops: { type: 'gotify', url: 'https://x.example', token: 'x', routing_kei: 'y' },
  });
  expect('faults' in parsed && parsed.faults.map(({ got }) => got)).toEqual(['"routing_kei"']);
});

test('a template with a fault: the place, but not the text', () => {
  const parsed = channelsType.parse({
    ops: {
      type: 'custom',
      url: 'https://x.example/s3cret/{{hots}}',
      body: '{"token": "s3cret",\n "text": "{{titel}}"}',
      headers: { 'X-Key': 's3cret {{x}}' },
    },
  });
  expect(parsed).toEqual({
    faults: [
      {
        path: ['ops', 'url'],
        expected: 'a template without faults (line 1, column 26: no field "hots")',
        got: 'a text',
      },
      {
        path: ['ops', 'body'],
        expected: 'a template without faults (line 2, column 11: no field "titel")',
        got: 'a text',
      },
      {
        path: ['ops', 'headers', 'X-Key'],
        expected: 'a template without faults (line 1, column 8: no field "x")',
        got: 'a text',
      },
    ],
  });
});
