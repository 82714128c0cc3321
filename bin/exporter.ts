/** `hostpulse exporter` */
import { exporter } from '../exporter/main.ts';
import { runProgram } from './cli/run.ts';

export function run(argv: readonly string[]): Promise<void> {
  return runProgram(exporter, argv);
}
