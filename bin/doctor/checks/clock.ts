/** Checks the clock of this machine: synchronised, and the same as the server's. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Check, type Finding, fault, orOk, warning } from '../site/finding.ts';
import type { Answer } from '../site/http.ts';

export const clock: Check = {
  name: 'clock',
  async run({ gateway }) {
    const isSynced = await tryIsSynchronised();
    const sync = isSynced === false ? [warning('the clock of this machine is not synchronised', setNtp)] : [];
    const offset = gateway === undefined ? [] : judgeOffset(await gateway.get('/-/healthy'));
    const state = isSynced === undefined ? 'whether it is synchronised is unknown here' : 'synchronised';
    return orOk([...sync, ...offset], gateway === undefined ? state : `as the server's; ${state}`);
  },
};

export const setNtp = 'sudo timedatectl set-ntp true';

/** The header Date has whole seconds. */
const maxOffsetMs = 5_000;

/** Compares the clock of the server with the clock of this machine at the middle of the request. */
export function judgeOffset({ dateMs, startedMs, endedMs }: Omit<Answer, 'status' | 'body'>): readonly Finding[] {
  if (dateMs === undefined) return [];
  const offsetMs = dateMs + 500 - (startedMs + endedMs) / 2;
  if (Math.abs(offsetMs) <= maxOffsetMs + (endedMs - startedMs) / 2) return [];
  const seconds = Math.round(Math.abs(offsetMs) / 1_000);
  const message = `the clock of this machine is ${seconds} s ${offsetMs > 0 ? 'behind' : 'ahead of'} the server's`;
  return [fault(message, `${setNtp} on the machine whose "date -u" is wrong; logins, samples and alerts depend on it`)];
}

/** Returns undefined where systemd does not tell. */
async function tryIsSynchronised(): Promise<boolean | undefined> {
  try {
    const args = ['show', '--property=NTPSynchronized', '--value'];
    const { stdout } = await promisify(execFile)('timedatectl', args, { timeout: 3_000 });
    return { yes: true, no: false }[stdout.trim()];
  } catch {
    return undefined; // no systemd
  }
}
