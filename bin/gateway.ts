/** `hostpulse gateway` */
import { gateway } from '../ingest-gateway/main.ts';
import { runProgram } from './cli/run.ts';

export function run(argv: readonly string[]): Promise<void> {
  return runProgram(gateway, argv);
}
