/** Real processes under supervision: started, killed, restarted, stopped. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { tryStartTicks } from '../../../stack/process/orphans.ts';
import { type Component, type ComponentSpec, createComponent } from '../../../stack/process/supervisor.ts';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../../support/process.ts';
import { createRecordingLog, type RecordingLog } from '../../support/recording-log.ts';

let folder: string;
let log: RecordingLog;
let components: Component[];
let changes: number;
let faults: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hostpulse-supervisor-'));
  log = createRecordingLog();
  components = [];
  changes = 0;
  faults = [];
});
afterEach(async () => {
  await Promise.all(components.map((component) => component.stop()));
  rmSync(folder, { recursive: true, force: true });
});

/** Serves 200 on the port and says so. */
const server = (port: number): string =>
  `console.error('level=info serving'); require('node:http').createServer((_, response) => response.end('ok')).listen(${port}, '127.0.0.1');`;

async function create(options: Partial<ComponentSpec> & { readonly script?: (port: number) => string } = {}) {
  const { script = server, ...spec } = options;
  const port = await freePort();
  const component = createComponent(
    {
      name: 'relay',
      command: process.execPath,
      args: ['--eval', script(port)],
      cwd: folder,
      environment: { PATH: process.env['PATH'] ?? '' },
      logFile: join(folder, 'logs', 'relay.log'),
      readyUrl: `http://127.0.0.1:${port}/`,
      ...spec,
    },
    { log, onChange: () => (changes += 1), onLogFault: (fault) => faults.push(String(fault)), random: () => 0 },
  );
  components.push(component);
  return component;
}

function pidOf(component: Component): number {
  return component.running()?.pid as number;
}

const messages = (): readonly string[] => log.lines.map(({ msg }) => msg);
const isReadyAgain = () => (messages().includes('the component is ready again') ? true : undefined);

describe('start', () => {
  test('resolves once the component answers; its output is in the log file; a stop ends it', async () => {
    const component = await create();
    expect(component.running()).toBeUndefined();
    await component.start();
    const pid = pidOf(component);
    expect(tryStartTicks(pid)).toBe(component.running()?.startTicks);
    await component.stop();
    expect([tryStartTicks(pid), component.running()]).toEqual([undefined, undefined]);
    expect(readFileSync(join(folder, 'logs', 'relay.log'), 'utf8')).toBe('level=info serving\n');
    expect([changes, messages()]).toEqual([2, []]);
  });

  test('a component that exits first is an error with the lines that say why', async () => {
    const script = () =>
      `for (let n = 0; n < 20; n++) console.error('level=info n=' + n); console.error('level=error no disk'); process.exit(3)`;
    const component = await create({ script });
    await expect(component.start()).rejects.toThrow(
      `relay ended with exit code 3 before it was ready: level=error no disk (log: ${join(folder, 'logs', 'relay.log')})`,
    );
    expect(component.running()).toBeUndefined();
  });

  test('a program that does not exist is an error', async () => {
    const component = await create({ command: '/nowhere/program' });
    await expect(component.start()).rejects.toThrow('ended with spawn /nowhere/program ENOENT before it was ready');
  });

  test('a failed preparation is an error, and nothing is launched', async () => {
    const component = await create({ prepare: () => Promise.reject(new Error('rules are broken')) });
    await expect(component.start()).rejects.toThrow('rules are broken');
    expect([changes, existsSync(join(folder, 'logs'))]).toEqual([0, false]);
  });
});

describe('a component that does not start', () => {
  test('is retried and becomes ready once the cause is mended; the reason is logged once', async () => {
    const marker = join(folder, 'relay.yml');
    const script = (port: number) =>
      `if (!require('node:fs').existsSync(${JSON.stringify(marker)})) { console.error('ts=' + Date.now() + ' level=error no relay.yml'); process.exit(2); }${server(port)}`;
    const component = await create({ script });
    await expect(component.start()).rejects.toThrow('exit code 2 before it was ready: level=error no relay.yml (log: ');
    await eventually({ what: 'a second launch', limitMs: 20_000 }, () => (changes >= 4 ? true : undefined));
    writeFileSync(marker, '');
    await eventually({ what: 'ready', limitMs: 20_000 }, () =>
      messages().includes('the component is ready') ? true : undefined,
    );
    expect(log.lines).toMatchObject([
      { msg: 'a component cannot be launched; retrying', reason: expect.stringContaining('no relay.yml') },
      { msg: 'the component is ready', component: 'relay' },
    ]);
  }, 60_000);
});

describe('stop', () => {
  test('ends the wait of a start', async () => {
    const component = await create({ script: () => 'setInterval(() => undefined, 1000)' });
    const started = component.start();
    await eventually({ what: 'launched', limitMs: 10_000, pollMs: 5 }, () => component.running());
    const pid = pidOf(component);
    await component.stop();
    await started;
    expect(tryStartTicks(pid)).toBeUndefined();
  });

  test('during the preparation launches nothing', async () => {
    const prepared = Promise.withResolvers<void>();
    const component = await create({ prepare: () => prepared.promise });
    const started = component.start();
    await component.stop();
    await started;
    prepared.resolve();
    await prepared.promise;
    expect([component.running(), changes]).toEqual([undefined, 0]);
  });

  test('while backing off launches nothing, and a second stop is the same stop', async () => {
    const component = await create();
    await component.start();
    process.kill(pidOf(component), 'SIGKILL');
    await eventually({ what: 'the exit is logged', limitMs: 10_000, pollMs: 2 }, () => log.lines[0]);
    await component.stop();
    await component.stop();
    expect(component.running()).toBeUndefined();
    expect(log.lines).toMatchObject([{ component: 'relay', how: 'signal SIGKILL', delay_ms: 200 }]);
  });
});

describe('restart', () => {
  test('a component that is killed comes back and is prepared before', async () => {
    let preparations = 0;
    const component = await create({
      prepare: async () => {
        preparations += 1;
      },
    });
    await component.start();
    const before = pidOf(component);
    process.kill(before, 'SIGKILL');
    await eventually({ what: 'ready again', limitMs: 20_000 }, isReadyAgain);
    expect(pidOf(component)).not.toBe(before);
    expect([preparations, messages()]).toEqual([
      2,
      ['a component exited; restarting it', 'the component is ready again'],
    ]);
  });

  test('is not launched while its preparation fails: retried, and logged once per reason', async () => {
    const marker = join(folder, 'fault');
    let failures = 0;
    const component = await create({
      prepare: async () => {
        if (!existsSync(marker)) return;
        failures += 1;
        throw new Error(readFileSync(marker, 'utf8'));
      },
    });
    await component.start();
    writeFileSync(marker, 'disk is full');
    process.kill(pidOf(component), 'SIGKILL');
    await eventually({ what: 'three failures', limitMs: 20_000 }, () => (failures >= 3 ? true : undefined));
    expect([component.running(), changes]).toEqual([undefined, 2]);
    rmSync(marker);
    await eventually({ what: 'ready again', limitMs: 20_000 }, isReadyAgain);
    expect(log.lines).toMatchObject([
      { msg: 'a component exited; restarting it' },
      { msg: 'a component cannot be launched; retrying', reason: 'disk is full' },
      { msg: 'the component is ready again' },
    ]);
  });

  test('goes on when the folder of the log has gone', async () => {
    const component = await create();
    await component.start();
    rmSync(join(folder, 'logs'), { recursive: true });
    process.kill(pidOf(component), 'SIGKILL');
    await eventually({ what: 'ready again', limitMs: 20_000 }, isReadyAgain);
    expect(faults).toEqual([]);
  });
});
