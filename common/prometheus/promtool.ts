/** Runs `promtool check rules`, if promtool is installed: it gives the reason for which Prometheus refuses a file. */
import { execFile } from 'node:child_process';
import { childEnvironment } from '../program/child-environment.ts';

export interface PromtoolFault {
  /** Does not contain the path of the file. */
  readonly message: string;
}

/** Ample for a file with one rule. */
const timeoutMs = 20_000;

export type Promtool = (file: string) => Promise<PromtoolFault | undefined>;

/** Returns undefined for a valid file, and also if promtool is missing or fails. */
export function createPromtool(path: string): Promtool {
  const options = { timeout: timeoutMs, env: childEnvironment(process.env) };
  return (file) =>
    new Promise((resolve) => {
      execFile(path, ['check', 'rules', file], options, (error, stdout, stderr) => {
        const hasChecked = stdout.includes(`Checking ${file}`);
        if (error === null || error.killed === true || !hasChecked) return resolve(undefined);
        resolve({ message: readFault(`${stdout}\n${stderr}`, file) });
      });
    });
}

/** promtool prints `Checking FILE`, `FAILED:`, then the faults, each after the path of the file, some of them twice. */
function readFault(output: string, file: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.replaceAll(`${file}: `, '').replaceAll(file, '').trim())
    .filter((line) => line !== '' && line !== 'FAILED:' && !line.startsWith('Checking'));
  return [...new Set(lines)].join('; ').slice(0, 2_000);
}
