/** Findings of `hostpulse doctor`, and the contract of a check. */
import type { Site } from './site.ts';

export type Level = 'ok' | 'warning' | 'fault';

/** A finding that is not ok has a remedy: a command, or the file to change. */
export type Finding =
  | { readonly level: 'ok'; readonly message: string }
  | { readonly level: 'warning' | 'fault'; readonly message: string; readonly remedy: string };

export interface Check {
  readonly name: string;
  /** Returns no finding where the check does not apply to the site. Rejects when something that the check needs does not answer. */
  readonly run: (site: Site) => Promise<readonly Finding[]>;
}

export function ok(message: string): Finding {
  return { level: 'ok', message };
}

export function warning(message: string, remedy: string): Finding {
  return { level: 'warning', message, remedy };
}

export function fault(message: string, remedy: string): Finding {
  return { level: 'fault', message, remedy };
}

/** Returns the findings, or one that says that all is well. */
export function orOk(findings: readonly Finding[], message: string): readonly Finding[] {
  return findings.length === 0 ? [ok(message)] : findings;
}

/** Renders a number with its noun: `1 host`, `2 hosts`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
