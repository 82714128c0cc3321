/** The first check loads whole programs, which holds up the event loop: requests of others would exceed their limits. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { examine } from '../../../bin/doctor/examine.ts';
import { type Check, ok } from '../../../bin/doctor/site/finding.ts';
import type { Site } from '../../../bin/doctor/site/site.ts';

const site: Site = { now: Date.now, local: undefined, gateway: undefined, prometheus: undefined };

test('the others start after the first, and run at the same time', async () => {
  const events: string[] = [];
  const check = (name: string): Check => ({
    name,
    async run() {
      events.push(`${name} starts`);
      await sleep(10);
      events.push(`${name} ends`);
      return [ok(name)];
    },
  });
  const examined = await examine(site, ['first', 'second', 'third'].map(check));
  expect(examined.map(({ check: name }) => name)).toEqual(['first', 'second', 'third']);
  expect(events).toEqual(['first starts', 'first ends', 'second starts', 'third starts', 'second ends', 'third ends']);
});
