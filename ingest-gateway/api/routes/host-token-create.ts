/** Creates a one-time token for a new host, and the line that installs the agent there. */
import { z } from 'zod';
import { HttpProblem } from '../../../common/http/problem.ts';
import { createEnrollmentToken } from '../../../common/store/credentials/enrollment-tokens.ts';
import { requireHost } from '../../auth/credentials.ts';
import { lineWarnings, renderInstallLine } from '../../enrollment/install-line.ts';
import { newHost } from '../../enrollment/schema.ts';
import { maxJsonBytes, readJsonBody } from '../../http/request-input.ts';
import { defineRoute } from '../route.ts';

const lifetimeMs = 3_600_000;

export const hostTokenCreate = defineRoute({
  name: 'host-token-create',
  methods: ['POST'],
  path: '/api/v1/hosts/tokens',
  scope: 'admin',
  summary: 'Create a one-time token for a new host, with the line that installs the agent',
  description:
    'The token is valid for one hour and one use. It becomes an API key with the scope push that is bound to the host. An earlier token of the host becomes invalid. For a host that Prometheus scrapes the answer is 409, because its pushes would be rejected.',
  parameters: z.strictObject({}),
  body: {
    description: 'Name of the host, and labels for all its series.',
    content: { 'application/json': newHost },
    maxBytes: maxJsonBytes,
  },
  response: z.object({
    host: z.string(),
    labels: z.record(z.string(), z.string()),
    token: z.string(),
    expires_at: z.iso.datetime(),
    server_url: z.string(),
    /** For the shell of the host. */
    install: z.string(),
    uninstall: z.string(),
    /** SHA-256 of the CA certificate; absent for a certificate of a public CA and without TLS. */
    ca_fingerprint: z.string().optional(),
    warnings: z.array(z.string()),
  }),
  success: 201,
  problems: [408, 409],
  async handle({ principal, incoming }, { db, enrollment, pipeline, now }) {
    const { host, labels } = await readJsonBody(newHost, { incoming, bodies: pipeline.bodies });
    requireHost(principal?.host, host);
    if (pipeline.scraped.has(host))
      throw new HttpProblem(409, `Prometheus scrapes ${host}, and a host is scraped or pushes, never both`, {
        errors: [{ path: 'host', message: 'expected another name, or remove the target first' }],
      });
    const nowMs = now();
    const expiresAtMs = nowMs + lifetimeMs;
    const identity = enrollment.identity(incoming);
    const token = await createEnrollmentToken(db, { host, labels, expiresAtMs, nowMs });
    enrollment.agents.prepare('linux-x64');
    const { url, ca } = identity;
    const body = {
      host,
      labels,
      token,
      expires_at: new Date(expiresAtMs).toISOString(),
      server_url: url,
      install: renderInstallLine(identity, token),
      uninstall: renderInstallLine(identity, '--uninstall'),
      ...(ca === undefined ? {} : { ca_fingerprint: ca.fingerprint }),
      warnings: [...lineWarnings(identity)],
    };
    return { status: 201, body };
  },
});
