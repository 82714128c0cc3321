/** `hostpulse snapshot`. */
import { runProgram } from '../common/program/run.ts';
import { snapshot } from '../exporter/snapshot/command.ts';

export function run(argv: readonly string[]): Promise<void> {
  return runProgram(snapshot, argv);
}
