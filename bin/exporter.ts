/** `hostpulse exporter`. */
import { runProgram } from '../common/program/run.ts';
import { exporter } from '../exporter/main.ts';

export function run(argv: readonly string[]): Promise<void> {
  return runProgram(exporter, argv);
}
