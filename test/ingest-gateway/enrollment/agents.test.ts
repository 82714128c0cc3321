/** Archives in folders, and builds by a real script. */
import { hash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Agents, createAgents } from '../../../ingest-gateway/enrollment/agents.ts';
import { createRecordingLog } from '../../support/recording-log.ts';

let folder: string;
let agents: Agents | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hostpulse-agents-'));
});
afterEach(() => {
  agents?.stop();
  rmSync(folder, { recursive: true });
});

const start = (script?: string): Agents => {
  const buildScript = script === undefined ? undefined : join(folder, 'launch.cjs');
  if (buildScript !== undefined) writeFileSync(buildScript, script ?? '');
  agents = createAgents({
    folders: [join(folder, 'none'), folder],
    version: '1.0.0',
    buildScript,
    log: createRecordingLog(),
  });
  return agents;
};

async function settled(found: Agents) {
  for (;;) {
    const state = await found.find('linux-x64');
    if (state.state !== 'building') return state;
    await sleep(20);
  }
}

function write(name: string, text: string, timeSeconds = 1): void {
  writeFileSync(join(folder, name), text);
  utimesSync(join(folder, name), timeSeconds, timeSeconds);
}

test('the archive of the own version is preferred, else the newest', async () => {
  const found = start();
  write('hostpulse-agent-0.9.0-linux-x64.tar.gz', 'old', 5);
  write('hostpulse-agent-0.8.0-linux-x64.tar.gz', 'older', 4);
  write('hostpulse-agent-1.0.0-linux-arm64.tar.gz', 'other');
  mkdirSync(join(folder, 'hostpulse-agent-1.0.0-linux-x64.tar.gz'));
  expect(await found.find('linux-x64')).toMatchObject({ state: 'ready', archive: { version: '0.9.0' } });
  rmSync(join(folder, 'hostpulse-agent-1.0.0-linux-x64.tar.gz'), { recursive: true });
  write('hostpulse-agent-1.0.0-linux-x64.tar.gz', 'new', 3);
  expect(await found.find('linux-x64')).toMatchObject({
    archive: { version: '1.0.0', bytes: 3, sha256: hash('sha256', 'new') },
  });
  write('hostpulse-agent-1.0.0-linux-x64.tar.gz', 'newer', 9);
  expect(await found.find('linux-x64')).toMatchObject({ archive: { sha256: hash('sha256', 'newer') } });
});

test('a clone builds the archive when asked, and reports the newest line', async () => {
  const found = start(`
    const { writeFileSync, existsSync } = require('node:fs');
    console.log('compiling');
    const timer = setInterval(() => {
      if (!existsSync(__dirname + '/go')) return;
      clearInterval(timer);
      writeFileSync(__dirname + '/hostpulse-agent-1.0.0-linux-x64.tar.gz', process.argv.slice(2).join(' '));
    }, 20);`);
  expect(await found.find('linux-x64')).toMatchObject({ state: 'missing' });
  found.prepare('linux-x64');
  for (let state = await found.find('linux-x64'); ; state = await found.find('linux-x64')) {
    expect(state.state).toBe('building');
    if ('detail' in state && state.detail === 'compiling') break;
    await sleep(20);
  }
  writeFileSync(join(folder, 'go'), '');
  expect(await settled(found)).toMatchObject({
    state: 'ready',
    archive: { sha256: hash('sha256', 'package --only agent-linux-x64') },
  });
});

test('a build that fails says why, and is tried again when asked again', async () => {
  const found = start(`console.error('no compiler'); process.exitCode = 3;`);
  found.prepare('linux-x64');
  expect(await settled(found)).toEqual({ state: 'failed', detail: 'the build ended with 3: no compiler' });
  found.prepare('linux-x64');
  expect(await found.find('linux-x64')).toMatchObject({ state: 'building' });
});

test('an archive of another version is not used in a clone', async () => {
  write('hostpulse-agent-0.9.0-linux-x64.tar.gz', 'old');
  expect(await start('').find('linux-x64')).toMatchObject({ state: 'missing' });
});
