// Subject: docs/relay.md
/** Checks docs/relay.md: the configurations are valid, and the routing example is correct. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { relaySettings } from '../../alert-relay/config.ts';
import { relay } from '../../alert-relay/main.ts';
import { routeAlert } from '../../alert-relay/stages/accept.ts';
import { renderTime } from '../../alert-relay/text/text.ts';
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
  ANA_WEBHOOK: 'https://chat.example.com/ana',
  BO_WEBHOOK: 'https://chat.example.com/bo',
};

/** Adds the channels of the first configuration, which later ones name. */
function configOf(text: string) {
  const parse = (each: string) => parseConfigFile(each, { file: 'relay.yml', environment });
  const [first, own] = [parse(blocks[0] ?? ''), parse(text)];
  const channels = { ...(first.root as Root).channels, ...(own.root as Root).channels };
  const file = { ...own, root: { ...(own.root as Root), channels } };
  return loadConfig(relaySettings, { program: 'relay', flags: {}, environment: {}, file });
}

interface Root {
  readonly channels?: object;
}

describe('docs/relay.md', () => {
  test('every configuration is valid', async () => {
    expect(blocks).toHaveLength(4);
    for (const text of blocks) expect(await relay.check?.(configOf(text))).toEqual([]);
  });

  test('the person on call is the one of the console example', () => {
    const rota = configOf(blocks[2] ?? '').oncall['ops'];
    const [, at = ''] = /relay oncall --at (\S+)/.exec(page) ?? [];
    const describePerson = (name = '') => `${name} (${rota?.plan.people[name]?.join(', ')})`;
    const next = rota?.tryNextHandover(Date.parse(at));
    expect(page).toContain(
      `ops: ${describePerson(rota?.personAt(Date.parse(at)))} at ${renderTime(Date.parse(at), 'Europe/Berlin')}\n`,
    );
    expect(page).toContain(
      `next: ${describePerson(next?.person)} from ${renderTime(next?.atMs ?? 0, 'Europe/Berlin')}\n`,
    );
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
