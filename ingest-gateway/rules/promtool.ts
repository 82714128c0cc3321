/** `promtool check rules`, where promtool is installed: Prometheus itself gives no reason when it refuses a file. */
import { execFile } from 'node:child_process';

export interface PromtoolFault {
  /** Without the path of the file. */
  readonly message: string;
}

/** Never more than this for a file of one rule. */
const timeoutMs = 20_000;

export type Promtool = (file: string) => Promise<PromtoolFault | undefined>;

/** Undefined for a file that promtool takes, and where there is no promtool. */
export function createPromtool(path: string): Promtool {
  return (file) =>
    new Promise((resolve) => {
      execFile(path, ['check', 'rules', file], { timeout: timeoutMs }, (error, stdout, stderr) => {
        if (error === null || typeof error.code === 'string' || error.killed === true) return resolve(undefined);
        resolve({ message: readFault(`${stdout}\n${stderr}`, file) });
      });
    });
}

/** promtool says `Checking FILE`, `FAILED:`, then the faults with the file's path before each. */
function readFault(output: string, file: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.replaceAll(`${file}: `, '').replaceAll(file, '').trim())
    .filter((line) => line !== '' && line !== 'FAILED:' && !line.startsWith('Checking'));
  return lines.join('; ').slice(0, 2_000);
}
