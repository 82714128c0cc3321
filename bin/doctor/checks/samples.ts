/** Checks the time from a sample to a query: the age of the newest sample that Prometheus returns. */
import { join } from 'node:path';
import { messageOf } from '../../../common/program/log.ts';
import { type Check, type Finding, fault, ok, warning } from '../site/finding.ts';
import type { Site } from '../site/site.ts';

export const samples: Check = {
  name: 'samples',
  async run(site) {
    const { prometheus, now } = site;
    if (prometheus === undefined) return [];
    const startedMs = now();
    try {
      const [newest] = await prometheus.query('max(timestamp(up{job="node"}))');
      return judgeAge(newest && now() / 1_000 - newest.value, now() - startedMs);
    } catch (error) {
      return [fault(`Prometheus answers no query: ${messageOf(error)}`, readLog(site))];
    }
  },
};

/** Hosts send a sample every 5 s, or every 60 s through agents of others. */
const maxAgeSeconds = 75;
const maxQueryMs = 5_000;

/** `ageSeconds` is undefined when no host has a sample. */
export function judgeAge(ageSeconds: number | undefined, queryMs: number): readonly Finding[] {
  if (ageSeconds === undefined)
    return [
      warning('Prometheus has no sample of any host', 'add a host: hostpulse hosts add NAME; a new server needs 10 s'),
    ];
  const age = `the newest sample is ${Math.max(0, ageSeconds).toFixed(1)} s old`;
  if (ageSeconds > maxAgeSeconds)
    return [fault(age, 'hostpulse hosts list shows the hosts; check their agents, and the log of the gateway')];
  const found = `${age}; a query takes ${queryMs} ms`;
  return [
    queryMs > maxQueryMs ? warning(found, 'add CPU or memory, or remove series: hostpulse tiers status') : ok(found),
  ];
}

function readLog({ local }: Site): string {
  if (local === undefined) return 'run "hostpulse doctor" on the server';
  return `read ${join(local.directory.logs, 'prometheus.log')} and fix the cause`;
}
