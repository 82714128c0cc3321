/** `hostpulse snapshot` */
import { snapshot } from '../exporter/snapshot/command.ts';
import { runProgram } from './cli/run.ts';

export function run(argv: readonly string[]): Promise<void> {
  return runProgram(snapshot, argv);
}
