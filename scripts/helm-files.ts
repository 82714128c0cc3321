/** Copies configuration and rules into the Helm chart, because templates read only files of the chart. Runs in `npm run generate`. */
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type GeneratedFile, generate } from '../common/program/generated-files.ts';

const root = join(import.meta.dirname, '..');

const sources = ['prometheus.yml', 'alertmanager.yml', ...globSync('rules/*.rules.yml', { cwd: root }).sort()];
const copies = sources.map(
  (path): GeneratedFile => ({
    path: `deploy/helm/hostpulse/files/${basename(path)}`,
    text: readFileSync(join(root, path), 'utf8'),
  }),
);
process.exitCode = generate(copies, process.argv.slice(2));
