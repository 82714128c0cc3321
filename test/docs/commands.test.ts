// Subject: docs/install.md
/**
 * Checks every command in the documents and in the examples of `--help`: the real parsers accept its flags, and the files, routes, units,
 * packages and services that it names exist. A command without a rule fails. test/e2e/documented-commands.test.ts and
 * test/install/ run commands as written.
 */
import { describe, expect, test } from '@jest/globals';
import { commandProblems } from '../support/documented-commands/check-command.ts';
import {
  type DocumentedCommand,
  documents,
  listCommands,
  listHelpExamples,
  listUnknownBlocks,
} from '../support/documented-commands/documented-commands.ts';

function problemsOf(commands: readonly DocumentedCommand[]): readonly string[] {
  return commands.flatMap(({ place, command, block }) =>
    commandProblems(command, block).map((problem) => `${place}: ${command.text}: ${problem}`),
  );
}

describe('documents', () => {
  test('have commands', () => {
    expect(documents.length).toBeGreaterThan(60);
    const counts = Object.fromEntries(documents.map((document) => [document, listCommands(document).length]));
    expect(Object.values(counts).reduce((sum, count) => sum + count)).toBeGreaterThan(300);
    for (const document of ['README.md', 'README.ko.md', 'docs/install.md', 'docs/containers.md'])
      expect(counts[document]).toBeGreaterThan(10);
  });

  test.each(documents)('%s: the language of each block is known', (document) => {
    expect(listUnknownBlocks(document)).toEqual([]);
  });

  test.each(documents)(
    '%s: each command is correct',
    (document) => {
      expect(problemsOf(listCommands(document))).toEqual([]);
    },
    120_000,
  );
});

test('the examples of --help are correct', () => {
  const examples = listHelpExamples();
  expect(examples.length).toBeGreaterThan(50);
  expect(problemsOf(examples)).toEqual([]);
});
