/** A proxy that answers for the gateway is named, instead of the syntax of its page. */
import { expect, test } from '@jest/globals';
import { components } from '../../../../bin/doctor/checks/components.ts';
import { queue } from '../../../../bin/doctor/checks/queue.ts';
import type { Site } from '../../../../bin/doctor/site/site.ts';

function siteWith(status: number, body: string): Site {
  const url = 'https://monitoring.example.com';
  const answer = { status, body, dateMs: undefined, startedMs: 0, endedMs: 0 };
  const gateway = { url, publicUrl: url, get: async () => answer, getJson: async () => JSON.parse(body) as unknown };
  return { now: Date.now, local: undefined, gateway, prometheus: undefined };
}

test.each([components, queue])('the health of $name', async ({ run }) => {
  const expected = 'https://monitoring.example.com/api/v1/health answers 502, and not as the gateway does';
  for (const body of ['<html>Bad Gateway</html>', '{}', '"down"', 'null'])
    await expect(run(siteWith(502, body))).rejects.toThrow(expected);
});
