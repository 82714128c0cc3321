/** Reports test files without a subject: test/ mirrors the tree, and the path of a test file names the subject. */
import { posix } from 'node:path';
import type { Finding } from './finding.ts';
import { isSourceFile, type Repository } from './tree/repository.ts';

/** Folders of test/ beside the mirror: tests of whole programs and of faults, tools of tests, and data. */
const besideTheMirror = /^test\/(?:e2e|faults|support|cases)\//;

const subjectComment = /^\/\/ Subject: (\S+)$/;
/** Number of lines, from the top of the file, in which the comment is looked for. */
const subjectLines = 5;

/**
 * Reports test files without a subject. `test/a/b.test.ts` tests the source file `a/b`, of any source extension, or the
 * list `a/b/index`. The test of something else names it in a comment of the first lines: `// Subject: docker-compose.yml`, a
 * file, or a folder without source files (`docs/`).
 */
export function findTestsWithoutSubject({ files, read }: Pick<Repository, 'files' | 'read'>): Finding[] {
  const subjects = files.filter((path) => isSourceFile(path) && !path.startsWith('test/'));
  const stems = new Set(subjects.map((path) => path.replace(/\.[^./]+$/, '')));
  const findings: Finding[] = [];
  for (const path of files) {
    if (!/^test\/.*\.test\.tsx?$/.test(path) || besideTheMirror.test(path)) continue;
    const stem = path.replace(/^test\//, '').replace(/\.test\.tsx?$/, '');
    const declared = declaredSubject(read(path));
    if (declared !== undefined) {
      const message = problemOfSubject(declared.subject, files);
      if (message !== undefined) findings.push({ path, line: declared.line, message });
    } else if (!stems.has(stem) && !stems.has(`${stem}/index`)) {
      const sameName = [...stems].filter((other) => posix.basename(other) === posix.basename(stem));
      const hint = sameName.length === 1 ? `; the test of ${sameName[0]} is test/${sameName[0]}.test.ts` : '';
      findings.push({ path, line: 1, message: `no subject: neither ${stem}.ts nor ${stem}/index.ts exists${hint}` });
    }
  }
  return findings;
}

function declaredSubject(text: string): { readonly subject: string; readonly line: number } | undefined {
  for (const [index, line] of text.split('\n', subjectLines).entries()) {
    const subject = subjectComment.exec(line.trimEnd())?.[1];
    if (subject !== undefined) return { subject, line: index + 1 };
  }
  return undefined;
}

function problemOfSubject(subject: string, files: readonly string[]): string | undefined {
  const own = files.filter((path) => (subject.endsWith('/') ? path.startsWith(subject) : path === subject));
  if (own.length === 0) return `the subject ${subject} does not exist`;
  const source = own.find(isSourceFile);
  if (source === undefined) return undefined;
  return `the subject ${subject} is source code (${source}): the test's path must mirror it`;
}
