/** `hostpulse up`. */
import { runProgram } from '../common/program/run.ts';
import { up } from '../stack/main.ts';

export function run(argv: readonly string[]): Promise<void> {
  return runProgram(up, argv);
}
