/** The form of a signed link: opening it changes nothing, a POST acknowledges, other links do nothing and say so. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ackLinkLifetimeMs, createAckPath } from '../../../common/store/ack-links.ts';
import { type Episode, openEpisode, tryCloseEpisode, tryEpisode } from '../../../common/store/relay-records.ts';
import { type RunningGateway, startGateway } from '../../support/gateway.ts';

let gateway: RunningGateway;
let episode: Episode;
let made = 0;

beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

async function open(host: string, alertname = `Cpu${made}`): Promise<Episode> {
  const nowMs = Date.now();
  const labels = { alertname, instance: host, severity: 'warning' };
  const annotations = { summary: `${host} is <busy>` };
  const firing = {
    fingerprint: `${alertname} ${host}`,
    labels,
    annotations,
    receiver: 'relay',
    startsAtMs: nowMs,
    nowMs,
  };
  return openEpisode(gateway.store.db, { ...firing, generatorUrl: undefined, externalUrl: undefined });
}

beforeEach(async () => {
  made += 1;
  episode = await open('web-1');
});

const linkOf = (of: Episode, scope: 'alert' | 'group' = 'alert', nowMs = Date.now()) =>
  createAckPath(gateway.store.db, of, { scope, nowMs });
const holderOf = async ({ id }: Episode) => (await tryEpisode(gateway.store.db, id))?.acknowledged_by;

function submit(path: string, form: Readonly<Record<string, string>>, headers: Record<string, string> = {}) {
  return fetch(`${gateway.url}${path}`, { method: 'POST', body: new URLSearchParams(form), headers });
}

describe('a valid link', () => {
  test('opening it, also many times and by a preview, changes nothing', async () => {
    const path = await linkOf(episode);
    for (const init of [{}, { method: 'HEAD' }, { headers: { 'user-agent': 'Slackbot-LinkExpanding 1.0' } }, {}]) {
      const response = await fetch(`${gateway.url}${path}`, init);
      expect(response.status).toBe(200);
    }
    const text = await (await fetch(`${gateway.url}${path}`)).text();
    expect(text).toContain(`Cpu${made} on web-1`);
    expect(text).toContain('web-1 is &lt;busy&gt;');
    expect(text).toContain('method="post"');
    expect(await holderOf(episode)).toBeNull();
  });

  test('the form acknowledges with name and note; a second one changes them and says so', async () => {
    const path = await linkOf(episode);
    const first = await submit(path, { name: ' Ana <b> ', note: 'a backup' });
    expect(first.status).toBe(200);
    expect(await first.text()).toContain('Ana &lt;b&gt; has the alert.');
    expect(await tryEpisode(gateway.store.db, episode.id)).toMatchObject({
      acknowledged_by: 'Ana <b>',
      acknowledged_note: 'a backup',
    });
    const form = await (await fetch(`${gateway.url}${path}`)).text();
    expect(form).toMatch(/Ana &lt;b&gt; has this alert since .* UTC: a backup\./);
    const second = await submit(path, { name: 'Bo', note: '' });
    expect(await second.text()).toContain('The acknowledgement is changed: Bo has the alert.');
    expect(await tryEpisode(gateway.store.db, episode.id)).toMatchObject({
      acknowledged_by: 'Bo',
      acknowledged_note: null,
    });
  });

  test.each([
    [{ name: '', note: '' }, 'Expected a name.'],
    [{ name: 'x'.repeat(101), note: '' }, 'Expected at most 100 characters.'],
    [{ name: 'a\u0007b', note: '' }, 'Expected a name without control characters.'],
    [{ name: 'Ana', note: 'x'.repeat(1_001) }, 'Expected at most 1000 characters.'],
    [{}, 'Expected a name.'],
  ])('%j is refused: %s', async (form, complaint) => {
    const response = await submit(await linkOf(episode), form);
    expect(response.status).toBe(400);
    expect(await response.text()).toContain(complaint);
    expect(await holderOf(episode)).toBeNull();
  });

  test('of a group: every open alert of the name and severity', async () => {
    const others = [await open('web-2'), await open('web-3')];
    const otherName = await open('web-1', `Memory${made}`);
    const path = await linkOf(episode, 'group');
    expect(await (await fetch(`${gateway.url}${path}`)).text()).toContain(`Cpu${made}: 3 alerts`);
    expect(await (await submit(path, { name: 'Ana' })).text()).toContain('Ana has 3 alerts.');
    for (const each of [episode, ...others]) expect(await holderOf(each)).toBe('Ana');
    expect(await holderOf(otherName)).toBeNull();
  });

  test('a page of another site cannot submit it', async () => {
    const response = await submit(await linkOf(episode), { name: 'Eve' }, { origin: 'https://evil.example' });
    expect(response.status).toBe(403);
    expect(await holderOf(episode)).toBeNull();
  });

  test('is not logged', async () => {
    const path = await linkOf(episode);
    await fetch(`${gateway.url}${path}`);
    expect(gateway.log()).toContain('path=/ack');
    expect(gateway.log()).not.toContain(new URLSearchParams(path.split('?')[1]).get('key'));
  });
});

describe('does nothing and says so', () => {
  test('a forged link', async () => {
    const path = (await linkOf(episode)).replace(/key=./, 'key=_');
    for (const response of [await fetch(`${gateway.url}${path}`), await submit(path, { name: 'Eve' })]) {
      expect(response.status).toBe(403);
      expect(await response.text()).toContain('This link is not valid');
    }
    expect((await submit('/ack', { name: 'Eve' })).status).toBe(403);
    expect(await holderOf(episode)).toBeNull();
  });

  test('an expired link', async () => {
    const path = await linkOf(episode, 'alert', Date.now() - ackLinkLifetimeMs);
    for (const response of [await fetch(`${gateway.url}${path}`), await submit(path, { name: 'Ana' })]) {
      expect(response.status).toBe(410);
      expect(await response.text()).toContain('This link has expired');
    }
    expect(await holderOf(episode)).toBeNull();
  });

  test('a link to an alert that is resolved', async () => {
    const path = await linkOf(episode);
    const nowMs = Date.now();
    await tryCloseEpisode(gateway.store.db, { id: episode.id, endsAtMs: nowMs, nowMs, resolution: 'announced' });
    for (const response of [await fetch(`${gateway.url}${path}`), await submit(path, { name: 'Ana' })]) {
      expect(response.status).toBe(409);
      expect(await response.text()).toContain('is resolved');
    }
    expect(await holderOf(episode)).toBeNull();
  });
});
