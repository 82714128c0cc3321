import { expect, test } from '@jest/globals';
import { formatFinding } from '../../../scripts/check/finding.ts';
import { findTestsWithoutSubject } from '../../../scripts/check/mirror.ts';
import { sourceTree } from '../../support/source-tree.ts';

const messages = (files: Record<string, string>) => findTestsWithoutSubject(sourceTree(files)).map(formatFinding);

test('the path of a test names a source file, or the folder of a list', () => {
  expect(
    messages({
      'a/b.ts': '',
      'a/c.tsx': '',
      'a/list/index.ts': '',
      'scripts/launch.cjs': '',
      'test/a/b.test.ts': '',
      'test/a/c.test.ts': '',
      'test/a/list.test.ts': '',
      'test/scripts/launch.test.ts': '',
    }),
  ).toEqual([]);
});

test('a test without a subject is reported, with the file of the same name if there is one', () => {
  expect(
    messages({
      'a/deep/b.ts': '',
      'a/folder/x.ts': '',
      'test/a/b.test.ts': '',
      'test/a/folder.test.ts': '',
      'test/support/tool.ts': '',
      'test/tool.test.ts': '',
    }),
  ).toEqual([
    'test/a/b.test.ts:1: no subject: neither a/b.ts nor a/b/index.ts exists; the test of a/deep/b is test/a/deep/b.test.ts',
    'test/a/folder.test.ts:1: no subject: neither a/folder.ts nor a/folder/index.ts exists',
    'test/tool.test.ts:1: no subject: neither tool.ts nor tool/index.ts exists',
  ]);
});

test('e2e, faults, support and cases are beside the mirror', () => {
  const folders = ['e2e', 'faults', 'support', 'cases'];
  expect(messages(Object.fromEntries(folders.map((name) => [`test/${name}/x.test.ts`, ''])))).toEqual([]);
});

test('a comment names a subject that is not source code', () => {
  expect(
    messages({
      'docker-compose.yml': '',
      'docs/a.md': '',
      'test/deploy/compose.test.ts': '// Subject: docker-compose.yml\n',
      'test/docs/links.test.ts': '/** Links. */\n// Subject: docs/\n',
    }),
  ).toEqual([]);
});

test('a declared subject must exist, must not be source code, and must be on the first lines', () => {
  expect(
    messages({
      'a/b.ts': '',
      'docs/a.md': '',
      'test/1.test.ts': '\n// Subject: gone.md\n',
      'test/2.test.ts': '// Subject: a/b.ts\n',
      'test/3.test.ts': '// Subject: a/\n',
      'test/4.test.ts': '\n\n\n\n\n// Subject: docs/a.md\n',
    }),
  ).toEqual([
    'test/1.test.ts:2: the subject gone.md does not exist',
    "test/2.test.ts:1: the subject a/b.ts is source code (a/b.ts): the test's path must mirror it",
    "test/3.test.ts:1: the subject a/ is source code (a/b.ts): the test's path must mirror it",
    'test/4.test.ts:1: no subject: neither 4.ts nor 4/index.ts exists',
  ]);
});
