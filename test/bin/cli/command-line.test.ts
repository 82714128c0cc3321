/** Parsing of command lines in the style of Prometheus. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { parseCommandLine, UsageError } from '../../../bin/cli/command-line.ts';
import { flag, list, secret, text } from '../../../common/program/settings/setting-type.ts';
import { optional, type Settings, setting } from '../../../common/program/settings/settings.ts';

const settings = {
  address: setting({ path: 'web.listen_address', help: 'where', type: list(text), default: [':1'] }),
  isOn: setting({ path: 'collector.cpu_info', help: 'a switch', type: flag, default: true }),
  key: optional({ path: 'api.key', help: 'a key', type: secret }),
  old: optional({ path: 'old_name', help: 'deprecated', type: text, isHidden: true }),
  inFile: optional({ path: 'only.file', flag: null, help: 'no flag', type: text }),
} satisfies Settings;

const parse = (...argv: readonly string[]) =>
  parseCommandLine(
    {
      program: 'test',
      command: 'hostpulse test',
      summary: 'A test.',
      version: '1.2.3',
      settings,
      actions: { once: 'one' },
    },
    argv,
  );

let written = '';
beforeEach(() => {
  written = '';
  for (const stream of [process.stdout, process.stderr]) {
    jest.spyOn(stream, 'write').mockImplementation((chunk) => {
      written += String(chunk);
      return true;
    });
  }
});
afterEach(() => {
  jest.restoreAllMocks();
});

function usageErrorOf(...argv: readonly string[]): UsageError {
  try {
    parse(...argv);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('it was understood');
}

describe('flags', () => {
  test('are keyed by name; a flag that is not given is absent', () => {
    expect(parse()).toEqual({});
    expect(parse('--web.listen-address', 'a', '--web.listen-address=b')).toEqual({ 'web.listen-address': ['a', 'b'] });
    expect(parse('--collector.cpu-info')).toEqual({ 'collector.cpu-info': true });
    expect(parse('--no-collector.cpu-info')).toEqual({ 'collector.cpu-info': false });
    expect(parse('--old-name', 'x', '--once', '--config.file=f.yml')).toEqual({
      'old-name': 'x',
      once: true,
      'config.file': 'f.yml',
    });
  });

  test('a secret is accepted from a file only', () => {
    expect(parse('--api.key-file', '/k')).toEqual({ 'api.key-file': '/k' });
    expect(usageErrorOf('--api.key', 'k').exitCode).toBe(2);
  });

  test.each([['--nonsense'], ['--web.listen-address'], ['argument'], ['--only.file', 'x']])(
    '%s is refused',
    (...argv) => {
      expect(usageErrorOf(...argv).exitCode).toBe(2);
      expect(written).toMatch(/^error: /);
    },
  );
});

describe('help and version', () => {
  test('help lists every flag with variable and default, except hidden flags', () => {
    expect(usageErrorOf('--help').exitCode).toBe(0);
    expect(written).toContain('--web.listen-address <text>');
    expect(written.replaceAll(/\s+/g, ' ')).toContain('where (env HOSTPULSE_TEST_WEB_LISTEN_ADDRESS) [default: :1]');
    expect(written).toContain('--api.key-file');
    expect(written).toContain('--check-config');
    expect(written).not.toContain('old-name');
  });

  test('--version prints hostpulse and Node', () => {
    expect(usageErrorOf('--version').exitCode).toBe(0);
    expect(written).toBe(`hostpulse 1.2.3 (node ${process.versions.node})\n`);
  });
});
