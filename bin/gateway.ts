/** `hostpulse gateway`. */
import { runProgram } from '../common/program/run.ts';
import { gateway } from '../ingest-gateway/main.ts';

export function run(argv: readonly string[]): Promise<void> {
  return runProgram(gateway, argv);
}
