/** Finds job names for promtool cases: a name that a regular expression matches, and a name that it does not match. */
import { tryCompilePattern } from '../../common/alertmanager/pattern.ts';

/** Returns whether the anchored RE2 pattern matches; false for an invalid pattern. */
export function matchesJob(pattern: string, job: string): boolean {
  return tryCompilePattern(pattern)?.(job) ?? false;
}

/** Returns a job that the pattern matches, found by removing the syntax from each alternative; undefined if none is found. */
export function tryMatchingJob(pattern: string): string | undefined {
  const alternatives = pattern.split('|').map((each) => each.replaceAll(/[\^$()?]/g, ''));
  const candidates = alternatives.flatMap((each) => [
    each.replaceAll(/\.[*+]/g, '').replaceAll('\\', ''),
    each.replaceAll(/\.[*+]/g, 'x').replaceAll('\\', ''),
    each
      .replaceAll(/\[[^\]]*\][*+]?/g, '1')
      .replaceAll(/\.[*+]?/g, 'x')
      .replaceAll('\\', ''),
  ]);
  return ['node', ...candidates].find((each) => each !== '' && matchesJob(pattern, each));
}

/** Returns a job that the pattern does not match; undefined if the pattern matches everything that is tried. */
export function tryOtherJob(pattern: string): string | undefined {
  return ['prometheus', 'another', '0-0'].find((each) => !matchesJob(pattern, each));
}
