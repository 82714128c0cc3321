/** Runs the escalation: looks each second for steps that are due. Relays that share a database take a step once. */
import type { Part } from '../common/program/lifecycle.ts';
import type { Log } from '../common/program/log.ts';
import { createSchedule } from '../common/program/schedule.ts';

export interface EscalationOptions {
  readonly escalate: () => Promise<void>;
  readonly log: Log;
}

export function escalationPart({ escalate, log }: EscalationOptions): Part {
  const schedule = createSchedule({ name: 'escalation', expression: '* * * * * *', task: escalate, log });
  return { name: 'escalation', start: () => schedule.start(), stop: () => schedule.stop() };
}
