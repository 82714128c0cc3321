/** Exchanges a one-time token for the API key of its host. */
import { z } from 'zod';
import { HttpProblem } from '../../../common/http/problem.ts';
import { type Enrollment, tryEnroll } from '../../../common/store/credentials/enrollment-tokens.ts';
import { parseCredential } from '../../auth/credentials.ts';
import { defineRoute, ok } from '../route.ts';

export const hostEnroll = defineRoute({
  name: 'host-enroll',
  methods: ['POST'],
  path: '/api/v1/hosts/enroll',
  scope: null,
  summary: 'Exchange a one-time token for the API key of its host',
  description:
    'The token is sent as "Authorization: Bearer <token>" and is used up. The key has the scope push and is bound to the host of the token; the key of an earlier enrollment is revoked. With "Accept: text/plain" the answer has the lines "key", "host" and "labels", the latter two as JSON.',
  parameters: z.strictObject({}),
  response: z.object({ host: z.string(), labels: z.record(z.string(), z.string()), key: z.string() }),
  otherTypes: ['text/plain'],
  problems: [401, 429],
  async handle({ incoming }, { db, loginGuard, now }) {
    const credential = parseCredential(incoming.headers);
    const token = credential?.kind === 'token' ? credential.token : '';
    const attempt = { address: incoming.socket.remoteAddress, token };
    const enrolled = await loginGuard.check(attempt, () => tryEnroll(db, token, now()));
    if (enrolled === undefined)
      throw new HttpProblem(401, 'the token is unknown, expired or already used', {
        headers: { 'WWW-Authenticate': 'Bearer realm="hostpulse enrollment"' },
      });
    if (incoming.headers.accept !== 'text/plain') return ok(enrolled);
    return { status: 200, body: Buffer.from(renderLines(enrolled)), type: 'text/plain' };
  },
});

/** Lines that a shell script can take apart. */
function renderLines({ key, host, labels }: Enrollment): string {
  return `key ${key}\nhost ${JSON.stringify(host)}\nlabels ${JSON.stringify(labels)}\n`;
}
