// Subject: deploy/systemd/hostpulse-exporter.service
/** Checks the systemd units: the commands are valid, the restrictions are set, and systemd-analyze accepts the units. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { gatewayNodeFlags, leanNodeFlags } from '../../common/program/node-flags.ts';
import { binaryPath } from '../support/binaries.ts';
import { runCli } from '../support/cli.ts';
import { parseUnitFile, type UnitSection } from '../support/unit-file.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'deploy/systemd');
const programs = ['exporter', 'gateway', 'relay'] as const;
/** The installation folder of docs/install.md. */
const installed = '/opt/hostpulse/';

const textOf = (program: string) => readFileSync(join(folder, `hostpulse-${program}.service`), 'utf8');

function service(program: string): UnitSection {
  const section = parseUnitFile(textOf(program)).get('Service');
  if (section === undefined) throw new Error(`hostpulse-${program}.service has no [Service]`);
  return section;
}

/** Returns the parts of ExecStart: node, its flags, the entry, the arguments of the program. */
function command(program: string) {
  const words = service(program).get('ExecStart')?.[0]?.split(' ') ?? [];
  const entry = words.findIndex((word) => word.endsWith('.js'));
  return {
    node: words[0] ?? '',
    nodeFlags: words.slice(1, entry),
    entry: words[entry] ?? '',
    args: words.slice(entry + 1),
  };
}

const work = mkdtempSync(join(tmpdir(), 'hostpulse-units-'));
afterAll(() => rmSync(work, { recursive: true }));

describe('the folder', () => {
  test('has one unit and one configuration file per program, and for the server', () => {
    expect(readdirSync(folder).filter((name) => name.endsWith('.service'))).toEqual([
      ...programs.map((program) => `hostpulse-${program}.service`),
      'hostpulse.service',
    ]);
    expect(readdirSync(join(folder, 'etc'))).toEqual(['exporter.yml', 'gateway.yml', 'hostpulse.yml', 'relay.yml']);
  });

  test('creates the users of the units', () => {
    const lines = readFileSync(join(folder, 'hostpulse.sysusers.conf'), 'utf8').split('\n');
    const users = lines.flatMap((line) => /^u (\S+) +- "[^"]+" +(\S+)$/.exec(line)?.slice(1, 3).join(' ') ?? []);
    expect(users).toEqual([
      'hostpulse /var/lib/hostpulse',
      ...programs.map((program) => `hostpulse-${program} /var/lib/hostpulse/${program}`),
    ]);
    for (const program of programs) {
      expect([service(program).get('User'), service(program).get('Group')]).toEqual([
        [`hostpulse-${program}`],
        [`hostpulse-${program}`],
      ]);
    }
  });
});

describe.each(programs)('hostpulse-%s.service', (program) => {
  test('starts a file of the package', () => {
    const { node, entry } = command(program);
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { bin: { hostpulse: string } };
    expect(entry).toBe(`${installed}${manifest.bin.hostpulse}`);
    expect(node.startsWith(installed)).toBe(true);
    expect(existsSync(join(root, node.slice(installed.length)))).toBe(true);
  });

  test('passes valid arguments, with the shipped configuration file', async () => {
    const { args } = command(program);
    expect(args).toEqual([program, `--config.file=/etc/hostpulse/${program}.yml`]);
    const file = join(folder, 'etc', `${program}.yml`);
    const { code, stdout, stderr } = await runCli([program, `--config.file=${file}`, '--check-config']);
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: `${program}: the configuration is valid\n`,
      stderr: '',
    });
  });

  test('writes only below its own state directory', () => {
    expect(service(program).get('StateDirectory')).toEqual([`hostpulse/${program}`]);
    const paths = readFileSync(join(folder, 'etc', `${program}.yml`), 'utf8').match(/\/var\/[^\s"]+/g) ?? [];
    for (const path of paths) expect(path).toContain(`/var/lib/hostpulse/${program}`);
  });

  test('notifies systemd when ready, and has a watchdog', () => {
    expect(service(program).get('Type')).toEqual(['notify']);
    expect(service(program).get('NotifyAccess')).toEqual(['all']);
    expect(service(program).get('WatchdogSec')).toEqual(['2min']);
  });

  test('is restricted', () => {
    const expected: Readonly<Record<string, readonly string[]>> = {
      NoNewPrivileges: ['yes'],
      CapabilityBoundingSet: [''],
      AmbientCapabilities: [''],
      ProtectSystem: ['strict'],
      ProtectHome: [program === 'exporter' ? 'read-only' : 'yes'],
      PrivateTmp: ['yes'],
      PrivateDevices: ['yes'],
      RestrictNamespaces: ['yes'],
      SystemCallArchitectures: ['native'],
      SystemCallFilter: ['@system-service @pkey', '~@privileged @resources'],
    };
    const section = service(program);
    expect(Object.fromEntries(Object.keys(expected).map((name) => [name, section.get(name)]))).toEqual(expected);
    for (const limit of ['MemoryMax', 'TasksMax']) expect(section.get(limit)).toHaveLength(1);
    expect(section.get('RestrictAddressFamilies')?.[0]).toMatch(/^AF_UNIX AF_INET AF_INET6( AF_NETLINK)?$/);
    // V8 compiles.
    expect(section.has('MemoryDenyWriteExecute')).toBe(false);
  });

  test('is a unit to systemd, and a restricted one', () => {
    // Only the commands are replaced, because they are not installed here.
    const file = join(work, `hostpulse-${program}.service`);
    writeFileSync(file, textOf(program).replace(`ExecStart=${command(program).node}`, `ExecStart=${process.execPath}`));
    const analyze = binaryPath('systemd-analyze');
    const verified = spawnSync(analyze, ['verify', '--man=no', '--recursive-errors=no', file], { encoding: 'utf8' });
    expect({ status: verified.status, stderr: verified.stderr }).toEqual({ status: 0, stderr: '' });
    const judged = spawnSync(analyze, ['security', '--offline=true', '--threshold=20', '--no-pager', file], {
      encoding: 'utf8',
    });
    expect([judged.status, judged.stdout.split('\n').at(-2)]).toEqual([0, expect.stringContaining('OK')]);
  });
});

describe('hostpulse.service', () => {
  const text = readFileSync(join(folder, 'hostpulse.service'), 'utf8');
  const section = parseUnitFile(text).get('Service');
  const start = section?.get('ExecStart')?.[0] ?? '';

  test('starts the supervisor with its flags and its configuration file', async () => {
    const flags = leanNodeFlags.join(' ');
    const node = `${installed}node_modules/.bin/node`;
    const file = '/etc/hostpulse/hostpulse.yml';
    expect(start).toBe(`${node} ${flags} ${installed}dist/bin/hostpulse.js up --config.file=${file}`);
    const shipped = join(folder, 'etc/hostpulse.yml');
    const { code, stderr } = await runCli(['up', `--config.file=${shipped}`, '--check-config']);
    expect([code, stderr]).toEqual([0, '']);
    expect(readFileSync(shipped, 'utf8')).toContain(`data_dir: /var/lib/${section?.get('StateDirectory')?.[0]}/data`);
  });

  test('is a unit to systemd, and a restricted one', () => {
    const file = join(work, 'hostpulse.service');
    writeFileSync(file, text.replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`));
    const analyze = binaryPath('systemd-analyze');
    const verified = spawnSync(analyze, ['verify', '--man=no', '--recursive-errors=no', file], { encoding: 'utf8' });
    expect({ status: verified.status, stderr: verified.stderr }).toEqual({ status: 0, stderr: '' });
    const judged = spawnSync(analyze, ['security', '--offline=true', '--threshold=25', '--no-pager', file], {
      encoding: 'utf8',
    });
    expect([judged.status, judged.stdout.split('\n').at(-2)]).toEqual([0, expect.stringContaining('OK')]);
  });
});

describe('the exporter', () => {
  test('sees the whole host: nothing is hidden or frozen', () => {
    const section = service('exporter');
    for (const name of [
      'ProtectProc',
      'ProcSubset',
      'ProtectHostname',
      'PrivateNetwork',
      'PrivateUsers',
      'RootDirectory',
    ]) {
      expect([name, section.has(name)]).toEqual([name, false]);
    }
  });

  test('has all Node flags on its command line', () => {
    expect(leanNodeFlags.length).toBeGreaterThan(2);
    expect(command('exporter').nodeFlags).toEqual([...leanNodeFlags]);
    expect(command('gateway').nodeFlags).toEqual([...gatewayNodeFlags]);
  });
});

describe('other systems', () => {
  const node = (path: string) => path.replaceAll('\\', '/');

  test('macOS and Windows start the same entry with the same arguments', () => {
    const plist = readFileSync(join(root, 'deploy/macos/io.hostpulse.exporter.plist'), 'utf8');
    const words = [...plist.matchAll(/<string>([^<]+)<\/string>/g)].map((match) => match[1]);
    expect(words.slice(1, -2)).toEqual([
      command('exporter').node,
      ...leanNodeFlags,
      command('exporter').entry,
      ...command('exporter').args,
    ]);
    const script = node(readFileSync(join(root, 'deploy/windows/install-exporter.ps1'), 'utf8'));
    expect(script).toContain('dist/bin/hostpulse.js');
    const { optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      optionalDependencies: Record<string, string>;
    };
    expect(Object.keys(optionalDependencies)).toContain(/node_modules\/(node-win-\w+)\//.exec(script)?.[1]);
  });
});
