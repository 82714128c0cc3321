/** The dialog "Add host": labels, faults, and the texts for installations by hand. */
import { expect, test } from '@jest/globals';
import {
  checkDraft,
  emptyDraft,
  parseLabels,
  renderConfig,
  renderKeyCommand,
} from '../../../console/add-host/host-draft.ts';

test.each([
  ['', {}],
  [' env=prod ,dc = fra,', { env: 'prod', dc: 'fra' }],
  ['note="a b"', { note: 'a b' }],
])('labels %j', (text, labels) => {
  expect(parseLabels(text)).toEqual(labels);
});

test.each(['env', 'env=', '1a=b', 'job=x', 'instance=x', '__a=b'])('faulty labels %j', (text) => {
  expect(typeof parseLabels(text)).toBe('string');
});

test('a name suffices; the address follows from it', () => {
  expect(checkDraft({ ...emptyDraft, host: ' web-1 ' })).toEqual({
    value: { host: 'web-1', labels: {}, address: 'web-1:9100' },
  });
});

test('each faulty field has a message', () => {
  expect(checkDraft({ host: ' ', labels: 'x', way: 'scrape', address: 'http://a' })).toEqual({
    faults: { host: expect.any(String), labels: expect.any(String), address: expect.any(String) },
  });
});

test('texts for an installation by hand', () => {
  expect(renderConfig({ host: 'web-1', labels: { env: 'prod' } }, 'https://a.example')).toBe(`collector:
  server_url: https://a.example
  protocol: remote_write
  api_key_file: /etc/hostpulse/exporter.key
  host: "web-1"
  labels: {"env":"prod"}
`);
  expect(renderKeyCommand({ host: "it's", labels: {} })).toBe(
    `hostpulse key create --name 'it'\\''s' --scope push --host 'it'\\''s'`,
  );
});
