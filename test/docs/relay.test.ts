// Subject: docs/relay.md
/** Checks docs/relay.md: the configurations are valid, and the routing example is correct. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { relaySettings } from '../../alert-relay/config.ts';
import { relay } from '../../alert-relay/main.ts';
import { routeAlert } from '../../alert-relay/stages/accept.ts';
import { loadConfig } from '../../common/program/settings/config.ts';
import { parseConfigFile } from '../../common/program/settings/config-file.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/relay.md'), 'utf8');
const blocks = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text]) => text ?? '');
const environment = {
  SLACK_TOKEN: 'xoxb-1',
  SMTP_PASSWORD: 'p',
  TICKETS_URL: 'https://tickets.example.com',
  TICKETS_SECRET: 's',
  HEARTBEAT_URL: 'https://beat.example.com/1',
};

function configOf(text: string) {
  const file = parseConfigFile(text, { file: 'relay.yml', environment });
  return loadConfig(relaySettings, { program: 'relay', flags: {}, environment: {}, file });
}

describe('docs/relay.md', () => {
  test('both configurations are valid', async () => {
    expect(blocks).toHaveLength(2);
    for (const text of blocks) expect(await relay.check?.(configOf(text))).toEqual([]);
  });

  test('the first configuration routes as the console example shows', () => {
    const { channels, routes } = configOf(blocks[0] ?? '');
    const names = Object.keys(channels);
    const go = (labels: Record<string, string>) => routeAlert({ labels, annotations: {} }, { channels: names, routes });
    const routed = go({ severity: 'critical', instance: 'db-1' });
    expect(page).toContain(`channels: ${routed.channels.join(', ')}\nbecause:  ${routed.reasons.join('')}\n`);
    expect(go({ severity: 'warning', instance: 'lab-1' }).channels).toEqual([]);
    expect(go({ severity: 'warning', instance: 'web-1' }).channels).toEqual(['team']);
  });
});
