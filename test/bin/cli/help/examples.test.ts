/** Every command has examples in its help, and every example is a command line of that command. */
import { describe, expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { allCommands } from '../../../../bin/all-commands.ts';
import { wordsOf } from '../../../../bin/cli/help/examples.ts';
import { subcommands } from '../../../../bin/commands.ts';

const { '': _overview, ...commands } = allCommands();
const named = Object.entries(commands);

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  return text;
}

function examplesOf(command: Command): readonly string[] {
  const [, section = ''] = helpOf(command).split('\nExamples:\n');
  return section.split('\n').flatMap((line) => (/^ {2}hostpulse /.test(line) ? [line.trim()] : []));
}

test('the list has every subcommand and the commands below it', () => {
  const first = new Set(named.map(([words]) => words.split(' ')[0]));
  expect(first).toEqual(new Set(subcommands.map(({ name }) => name)));
  expect(Object.keys(commands)).toEqual(expect.arrayContaining(['relay dead retry', 'key create', 'hosts outdated']));
});

describe.each(named)('%s', (words, command) => {
  test('has examples', () => {
    expect(wordsOf(command)).toBe(`hostpulse ${words}`);
    expect(examplesOf(command).length).toBeGreaterThan(0);
  });

  test('knows each flag of its examples', () => {
    for (const example of examplesOf(command)) {
      expect(example.startsWith(`hostpulse ${words}`)).toBe(true);
      const below = command.commands.find((each) => example.startsWith(wordsOf(each)));
      const ofRelay = words === 'relay' ? commands[relayCommand(example)] : undefined;
      const { options } = below ?? ofRelay ?? command;
      const known = options.flatMap(({ long, short }) => [long, short]);
      for (const [flag] of example.matchAll(/(?<= )--?[a-z][\w.-]*/g)) expect(known).toContain(flag);
    }
  });
});

/** The help of the relay shows commands that are not commander's. */
function relayCommand(example: string): string {
  return /^hostpulse (relay [a-z]+)/.exec(example)?.[1] ?? '';
}
