/** Copies the configuration and the rules into the Helm chart: a chart contains every file that it reads. Runs in `npm run generate`. */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type GeneratedFile, generate } from '../common/program/generated-files.ts';

const root = join(import.meta.dirname, '..');

const sources = [
  'prometheus.yml',
  'alertmanager.yml',
  'rules/alerts.rules.yml',
  'rules/recording-1m.rules.yml',
  'rules/recording-5m.rules.yml',
];

/** Returns the copies, by their paths in the repository. */
export function helmFiles(): readonly GeneratedFile[] {
  return sources.map((path) => ({
    path: `deploy/helm/hostpulse/files/${basename(path)}`,
    text: readFileSync(join(root, path), 'utf8'),
  }));
}

if (import.meta.main) process.exitCode = generate(helmFiles(), process.argv.slice(2));
