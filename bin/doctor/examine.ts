/** Runs the checks: the first one alone, then the others at the same time. */
import { messageOf } from '../../common/program/log.ts';
import { inTime } from '../../common/program/time-limit.ts';
import { type Check, type Finding, fault, warning } from './site/finding.ts';
import type { Site } from './site/site.ts';

export interface Examined {
  readonly check: string;
  readonly finding: Finding;
}

/** Ends a check whose program accepts connections and does not answer. */
const checkLimitMs = 20_000;

/**
 * Returns the findings in the order of the checks. A check that cannot be completed is a fault, or a warning when a component does
 * not answer: that component is the fault.
 */
export async function examine(site: Site, checks: readonly Check[]): Promise<readonly Examined[]> {
  const [first, ...others] = checks;
  // The first check loads whole programs. That holds up the event loop, and requests of other checks exceed their limits.
  const alone = first === undefined ? [] : [await runCheck(first, site)];
  const outcomes = [...alone, ...(await Promise.all(others.map((check) => runCheck(check, site))))];
  const hasFault = outcomes.some(({ findings = [] }) => findings.some(({ level }) => level === 'fault'));
  return outcomes.flatMap(({ check, findings, error }) =>
    (findings ?? [describeFailure(error, hasFault ? warning : fault)]).map((finding) => ({ check, finding })),
  );
}

interface Outcome {
  readonly check: string;
  /** Undefined: the check failed with `error`. */
  readonly findings?: readonly Finding[];
  readonly error?: unknown;
}

async function runCheck({ name, run }: Check, site: Site): Promise<Outcome> {
  const late = (): Error => new Error(`no result within ${checkLimitMs / 1_000} s`);
  try {
    return { check: name, findings: await inTime(run(site), checkLimitMs, late) };
  } catch (error) {
    return { check: name, error };
  }
}

function describeFailure(error: unknown, report: typeof fault): Finding {
  return report(`not checked: ${messageOf(error)}`, 'remove the other faults first, then run the command again');
}
