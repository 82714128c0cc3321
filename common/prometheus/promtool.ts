/** `promtool check rules`, where promtool is installed: Prometheus itself gives no reason when it refuses a file. */
import { execFile } from 'node:child_process';

export interface PromtoolFault {
  /** Without the path of the file. */
  readonly message: string;
}

/** Never more than this for a file of one rule. */
const timeoutMs = 20_000;

export type Promtool = (file: string) => Promise<PromtoolFault | undefined>;

/** Undefined for a file that promtool takes, and where promtool cannot be asked: a fault is its word alone. */
export function createPromtool(path: string): Promtool {
  return (file) =>
    new Promise((resolve) => {
      execFile(path, ['check', 'rules', file], { timeout: timeoutMs }, (error, stdout, stderr) => {
        const hasJudged = stdout.includes(`Checking ${file}`);
        if (error === null || error.killed === true || !hasJudged) return resolve(undefined);
        resolve({ message: readFault(`${stdout}\n${stderr}`, file) });
      });
    });
}

/** promtool says `Checking FILE`, `FAILED:`, then the faults with the file's path before each, some of them twice. */
function readFault(output: string, file: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.replaceAll(`${file}: `, '').replaceAll(file, '').trim())
    .filter((line) => line !== '' && line !== 'FAILED:' && !line.startsWith('Checking'));
  return [...new Set(lines)].join('; ').slice(0, 2_000);
}
