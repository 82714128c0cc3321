/** `hostpulse relay`. */

import { relay } from '../alert-relay/main.ts';
import { runProgram } from '../common/program/run.ts';

export function run(argv: readonly string[]): Promise<void> {
  return runProgram(relay, argv);
}
