/** Runs the checks of the repository that the arguments name, or all checks. Prints each finding. Exits with 1 when there is a finding. */
import { join } from 'node:path';
import { findFileCycles, findFolderCycles } from './cycles.ts';
import { compareFindings, type Finding, formatFinding } from './finding.ts';
import { findCrowdedFolders, findSingleUserFiles } from './layout.ts';
import { findTestsWithoutSubject } from './mirror.ts';
import { findTranslationGaps } from './translation.ts';
import { type Repository, readRepository } from './tree/repository.ts';
import { findForeignImports, findUpwardImports } from './upward.ts';
import { findWords } from './words.ts';

type Check = (repository: Repository) => readonly Finding[];

const checks: Readonly<Record<string, Check>> = {
  layout: (repository) => [...findCrowdedFolders(repository.files), ...findSingleUserFiles(repository.graph())],
  cycles: (repository) => [...findFileCycles(repository.graph()), ...findFolderCycles(repository.graph())],
  upward: (repository) => [...findForeignImports(repository.graph()), ...findUpwardImports(repository.graph())],
  mirror: findTestsWithoutSubject,
  words: findWords,
  translation: findTranslationGaps,
};

const root = join(import.meta.dirname, '../..');
const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(checks);
const unknown = names.filter((name) => !Object.hasOwn(checks, name));
if (unknown.length > 0) {
  console.error(`unknown check ${unknown.join(', ')}; expected: ${Object.keys(checks).join(', ')}`);
  process.exit(2);
}
const repository = readRepository(root);
for (const name of names) {
  const findings = checks[name]?.(repository) ?? [];
  for (const finding of findings.toSorted(compareFindings)) console.log(formatFinding(finding));
  console.error(`${name}: ${findings.length} findings`);
  if (findings.length > 0) process.exitCode = 1;
}
