/** Layers of a configuration, and its problems, all reported at once. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { ConfigError, loadConfig, printableConfig } from '../../../../common/program/settings/config.ts';
import { parseConfigFile } from '../../../../common/program/settings/config-file.ts';
import { flag, integer, list, oneOf, path, secret, text } from '../../../../common/program/settings/setting-type.ts';
import {
  type ConfigOf,
  optional,
  required,
  type Settings,
  setting,
} from '../../../../common/program/settings/settings.ts';
import { bytes, duration } from '../../../../common/program/settings/units.ts';

const settings = {
  size: setting({ path: 'a.size', help: 'a size', type: integer({ min: 1, max: 9 }), default: 5 }),
  names: setting({ path: 'a.names', help: 'names', type: list(text), default: [] }),
  mode: setting({ path: 'a.deep.mode', help: 'a mode', type: oneOf(['x', 'y']), default: 'x' }),
  isOn: setting({ path: 'a.is_on', help: 'a switch', type: flag, default: false }),
  every: setting({ path: 'every', help: 'a time', type: duration({ minMs: 1_000 }), default: 5_000 }),
  room: optional({ path: 'room', help: 'room', type: bytes }),
  key: optional({ path: 'a.key', help: 'a key', type: secret }),
  place: required({ path: 'place', help: 'a place', type: path }),
} satisfies Settings;

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Given {
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly file?: string;
}

function load({ flags = {}, environment = {}, file }: Given): ConfigOf<typeof settings> {
  const layers = { program: 'relay', flags, environment };
  if (file === undefined) return loadConfig(settings, layers);
  return loadConfig(settings, { ...layers, file: parseConfigFile(file, { file: 'relay.yml', environment }) });
}

function problemsOf(given: Given): readonly string[] {
  try {
    load(given);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('layers', () => {
  const file = 'place: /file\na: {size: 3}\n';
  const environment = { HOSTPULSE_RELAY_PLACE: '/environment', HOSTPULSE_RELAY_A_SIZE: '4' };
  const flags = { place: '/flag', 'a.size': '6' };

  test('precedence: flag, environment, file, default', () => {
    expect(load({ flags, environment, file })).toMatchObject({ place: '/flag', size: 6 });
    expect(load({ environment, file })).toMatchObject({ place: '/environment', size: 4 });
    expect(load({ file })).toMatchObject({ place: '/file', size: 3, every: 5_000, names: [] });
    expect(load({ flags: { place: '/flag' } })).toMatchObject({ size: 5, room: undefined });
  });

  test('a key without a value counts as not given', () => {
    expect(load({ file: 'place: /x\na:\n  size:\n  deep:\n' })).toMatchObject({ size: 5, mode: 'x' });
  });

  test('lists come from commas, repeated flags and YAML', () => {
    const names = (given: Given) => load({ ...given, flags: { place: '/x', ...given.flags } }).names;
    expect(names({ environment: { HOSTPULSE_RELAY_A_NAMES: 'b, c' } })).toEqual(['b', 'c']);
    expect(names({ flags: { 'a.names': ['d', 'e'] } })).toEqual(['d', 'e']);
    expect(names({ file: 'a: {names: [f]}' })).toEqual(['f']);
  });
});

describe('problems', () => {
  test('are reported at once, each with place, expected and found value', () => {
    const file = [
      'a:',
      '  size: 12',
      '  names: [ok, "", 3]',
      '  deep:',
      '    mode: z',
      '    mood: 1',
      'evry: 5s',
      'every: 5 s',
      '',
    ].join('\n');
    expect(problemsOf({ file, flags: { room: '10MB' }, environment: { HOSTPULSE_RELAY_A_IS_ON: 'ja' } })).toEqual([
      'relay.yml:6: a.deep.mood: expected a known key (mode), got "mood"',
      'relay.yml:7: evry: expected a known key (a, every, place, room), got "evry"; did you mean "every"?',
      'relay.yml:2: a.size: expected a whole number from 1 to 9, got 12',
      'relay.yml:3: a.names[1]: expected a text that is not empty, got ""',
      'relay.yml:3: a.names[2]: expected a text that is not empty, got 3',
      'relay.yml:5: a.deep.mode: expected one of x, y, got "z"',
      'HOSTPULSE_RELAY_A_IS_ON: expected true or false, got "ja"',
      'relay.yml:8: every: expected a duration of at least 1s, such as 5s or 1m30s, got "5 s"',
      '--room: expected a size such as 256MiB, got "10MB"',
      'place: is missing; expected a place (give --place, place in the config file, HOSTPULSE_RELAY_PLACE)',
    ]);
  });

  test('a value instead of a map', () => {
    expect(problemsOf({ file: 'place: /x\na: 3\n' })).toEqual([
      'relay.yml:2: a: expected a map with size, names, deep.mode, is_on, key, key_file, got a number',
    ]);
  });

  test.each([
    ['a: [', /^relay.yml:\d+: expected valid YAML, got /],
    ['a: 1\na: 2\n', /^relay.yml:2: expected valid YAML, got Map keys must be unique/],
    ['- a\n', /^relay.yml: expected a map of settings, got a list$/],
    [
      'place: $' + '{NOWHERE}\n',
      /^relay.yml:1: expected the environment variable NOWHERE to be set, got no such variable$/,
    ],
  ])('%j', (file, expected) => {
    expect(problemsOf({ file })[0]).toMatch(expected);
  });

  test('a file that cannot be read is a problem', async () => {
    const { readConfigFile } = await import('../../../../common/program/settings/config-file.ts');
    const { problems } = readConfigFile(join(folder, 'absent.yml'), {});
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ place: join(folder, 'absent.yml'), expected: 'a readable file' });
  });
});

describe('variables in the file', () => {
  test('that are not set are the only problem of their place', () => {
    const text =
      'place: /x\na:\n  size: $' + '{SIZE}\n  names: [ok, "$' + '{NAME}", 3]\n  deep:\n    mode:\n      $' + '{MODE}\n';
    const problem = (line: number, name: string) =>
      `relay.yml:${line}: expected the environment variable ${name} to be set, got no such variable`;
    expect(problemsOf({ file: text })).toEqual([
      problem(3, 'SIZE'),
      problem(4, 'NAME'),
      problem(7, 'MODE'),
      'relay.yml:4: a.names[2]: expected a text that is not empty, got 3',
    ]);
  });

  test('are expanded in texts only, and their values are not expanded again', () => {
    const environment = { DIR: '/srv', REST: '$' + '{DIR}' };
    expect(load({ file: 'place: $' + '{DIR}/a$' + '{REST}b\n', environment }).place).toBe('/srv/a$' + '{DIR}b');
  });
});

describe('secrets', () => {
  const shown = 'tops3cret';

  test('come from a value or a file, and are masked', () => {
    const keyFile = join(folder, 'key');
    writeFileSync(keyFile, `${shown}\n`);
    for (const given of [
      { file: `place: /x\na: {key: ${shown}}\n` },
      { file: `place: /x\na: {key_file: ${keyFile}}\n` },
      { flags: { place: '/x', 'a.key-file': keyFile } },
      { flags: { place: '/x' }, environment: { HOSTPULSE_RELAY_A_KEY: shown } },
    ]) {
      const config = load(given);
      expect(config.key?.reveal()).toBe(shown);
      const printed = printableConfig(settings, config);
      expect(printed).toMatchObject({ a: { key: '<secret>' } });
      expect(`${JSON.stringify([printed, config])} ${String(config.key)}`).not.toContain(shown);
    }
  });

  test('an invalid secret is not shown in the problem', () => {
    const found = problemsOf({ file: `place: /x\na: {key: [${shown}]}\n` });
    expect(found).toHaveLength(1);
    expect(found.join()).not.toContain(shown);
  });

  test('a missing file is one problem', () => {
    expect(problemsOf({ flags: { place: '/x', 'a.key-file': '/nowhere/key' } })).toEqual([
      expect.stringMatching(/^--a.key-file: expected a readable file that holds the secret, got ENOENT/),
    ]);
  });
});

test('a printed configuration can be read again', async () => {
  const { stringify } = await import('yaml');
  const config = load({ flags: { place: '/x', room: '3GiB', every: '90s', 'a.names': ['b'] } });
  const printed = stringify(printableConfig(settings, config));
  expect(printed).toContain('every: 1m30s\n');
  expect(printed).toContain('room: 3GiB\n');
  expect(load({ file: printed })).toEqual(config);
});
