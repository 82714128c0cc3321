/** Values with units: durations, sizes, addresses. */
import { describe, expect, test } from '@jest/globals';
import type { SettingType } from '../../../../common/program/settings/setting-type.ts';
import {
  bytes,
  duration,
  listenAddress,
  parseDuration,
  renderDuration,
} from '../../../../common/program/settings/units.ts';

function valueOf<T>(kind: SettingType<T>, raw: unknown): T | undefined {
  const parsed = kind.parse(raw);
  return 'value' in parsed ? parsed.value : undefined;
}

describe('durations', () => {
  test.each([
    ['5s', 5_000],
    ['1m30s', 90_000],
    ['500ms', 500],
    ['1d', 86_400_000],
    ['0s', 0],
  ])('%s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
    expect(renderDuration(ms)).toBe(text);
  });

  test.each(['', '5', 's', '5 s', '-5s', '1.5s', '5M', '5s5'])('%j is none', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  test('a year has 365 days', () => {
    expect(parseDuration('1y')).toBe(365 * 86_400_000);
    expect(renderDuration(365 * 86_400_000)).toBe('365d');
  });

  test('has a minimum', () => {
    expect(valueOf(duration({ minMs: 1_000 }), '999ms')).toBeUndefined();
    expect(valueOf(duration({ minMs: 1_000 }), '1s')).toBe(1_000);
    expect(valueOf(duration({ minMs: 0 }), 5)).toBeUndefined();
  });
});

describe('sizes', () => {
  test.each([
    ['256MiB', 268_435_456],
    ['1B', 1],
    [4_096, 4_096],
  ])('%s', (raw, expected) => expect(valueOf(bytes, raw)).toBe(expected));

  test.each(['256MB', '0MiB', '1.5GiB', '', -1, 0, null])('%j is none', (raw) => {
    expect(valueOf(bytes, raw)).toBeUndefined();
  });
});

describe('addresses', () => {
  test.each([
    [':9100', { port: 9100 }],
    ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
    ['[::1]:9100', { host: '::1', port: 9100 }],
    ['host.example:80', { host: 'host.example', port: 80 }],
  ])('%s', (raw, expected) => {
    expect(valueOf(listenAddress, raw)).toEqual(expected);
    expect(listenAddress.print(expected)).toBe(raw);
  });

  test.each(['9100', '::1:9100', ':65536', ':', 'a:b', '', 9100])('%j is none', (raw) => {
    expect(valueOf(listenAddress, raw)).toBeUndefined();
  });
});
