/** `hostpulse up` */
import { up } from '../stack/main.ts';
import { runProgram } from './cli/run.ts';

export function run(argv: readonly string[]): Promise<void> {
  return runProgram(up, argv);
}
