// Subject: docs/channels.md
/** Checks docs/channels.md: the tables and the example are generated from the code, and the configuration is valid. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { channelTypes } from '../../alert-relay/channels/index.ts';
import { renderChannelsPage } from '../../alert-relay/channels-page.ts';
import { relaySettings } from '../../alert-relay/config.ts';
import { relay } from '../../alert-relay/main.ts';
import { loadConfig } from '../../common/program/settings/config.ts';
import { parseConfigFile } from '../../common/program/settings/config-file.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/channels.md'), 'utf8');
const example = readFileSync(join(root, 'alert-relay/channels/gotify.ts'), 'utf8');
const environment = {
  TELEGRAM_TOKEN: '1:a',
  PAGERDUTY_KEY: 'k',
  TICKETS_URL: 'https://tickets.example.com',
  TICKETS_TOKEN: 't',
};

describe('docs/channels.md', () => {
  test('tables and example are current', () => expect(renderChannelsPage(page, example)).toBe(page));

  test('a page without a place for a table is an error', () => {
    expect(() => renderChannelsPage(page.replace('<!-- table: zulip -->', ''), example)).toThrow(/table: zulip/);
  });

  test('each type has a section, in the order of the list', () => {
    const sections = [...page.matchAll(/^## ([a-z]+)$/gm)].map(([, name]) => name);
    expect(sections).toEqual(channelTypes.map(({ type }) => type));
  });

  test('the configuration is valid', async () => {
    const blocks = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text]) => text ?? '');
    expect(blocks).toHaveLength(1);
    const file = parseConfigFile(blocks[0] ?? '', { file: 'relay.yml', environment });
    const config = loadConfig(relaySettings, { program: 'relay', flags: {}, environment: {}, file });
    expect(await relay.check?.(config)).toEqual([]);
    expect(Object.values(config.channels).map(({ type }) => type)).toEqual([
      'telegram',
      'ntfy',
      'pagerduty',
      'email',
      'custom',
    ]);
  });
});
