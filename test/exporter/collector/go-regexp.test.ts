/** Go regular expressions in JavaScript. */
import { describe, expect, test } from '@jest/globals';
import { compileGoRegexp } from '../../../exporter/collector/go-regexp.ts';

describe('syntax of both engines', () => {
  test.each([
    ['^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\\d+n\\d+p)\\d+$', 'nvme0n1p2', true],
    ['^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\\d+n\\d+p)\\d+$', 'nvme0n1', false],
    ['^/(dev|run/credentials/.+)($|/)', '/dev/shm', true],
    ['^/(dev|run/credentials/.+)($|/)', '/device', false],
    ['eth', 'my-eth0', true],
    ['^eth$', 'eth\n', false],
  ])('%s on %j', (pattern, name, isMatch) => expect(compileGoRegexp(pattern).test(name)).toBe(isMatch));
});

describe('syntax of Go alone', () => {
  test.each([
    ['(?i)^ETH', 'eth0', true],
    ['\\Aeth0\\z', 'eth0', true],
    ['\\Aeth0\\z', 'eth01', false],
    ['^br\\-lan$', 'br-lan', true],
    ['^[\\-a]+$', 'a-', true],
    ['^a\\:b\\@c\\"$', 'a:b@c"', true],
    ['^\\/srv$', '/srv', true],
  ])('%s on %j', (pattern, name, isMatch) => expect(compileGoRegexp(pattern).test(name)).toBe(isMatch));
});

test.each(['[[:alpha:]]', '\\Qa.b\\E', '\\pL', '(?U)a+', '(?i-s:a)(?s)', '(', '[z-a]', 'a{2,1}', '\\y'])(
  'rejects %s',
  (pattern) => expect(() => compileGoRegexp(pattern)).toThrow(JSON.stringify(pattern)),
);
