/** Tests the patterns that assign processes to groups. */
import { expect, test } from '@jest/globals';
import { compileGroups, parsePattern } from '../../../../exporter/collectors/process_groups/group-names.ts';

const process = (command: string, line = '') => ({ command, commandLine: () => line });

test('without patterns, each name is a group', () => {
  expect(compileGroups({ byName: '', byCommandLine: '' })(process('sshd'))).toBe('sshd');
});

test('the first pattern that matches decides, and patterns of names precede patterns of command lines', () => {
  const groupOf = compileGroups({ byName: 'a=^x\nb=^xy', byCommandLine: 'c=jar=1' });
  expect(groupOf(process('xyz', 'jar=1'))).toBe('a');
  expect(groupOf(process('java', 'java -jar=1'))).toBe('c');
  expect(groupOf(process('java', 'java'))).toBeUndefined();
});

test('the command line is not read when a name matches', () => {
  const groupOf = compileGroups({ byName: 'a=.', byCommandLine: 'c=.' });
  const commandLine = (): string => {
    throw new Error('read');
  };
  expect(groupOf({ command: 'x', commandLine })).toBe('a');
});

test.each(['a', '=x', 'a=', ''])('"%s" is not a pattern', (text) => {
  expect(() => parsePattern(text)).toThrow('expected GROUP=REGEXP, such as database=^postgres, got ');
});

test('an invalid regular expression throws', () => {
  expect(() => parsePattern('a=(')).toThrow('expected a regular expression, got "("');
});
