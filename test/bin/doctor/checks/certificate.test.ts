/** Certificates are judged by their end and their names. */
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { judgeCertificate } from '../../../../bin/doctor/checks/certificate.ts';
import { issueServerCertificate } from '../../../../stack/tls/certificate.ts';

const nowMs = Date.parse('2026-11-29T12:00:00Z');
const dayMs = 86_400_000;
const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

function certificateOf(fromDays: number, toDays: number): X509Certificate {
  const times = { notBeforeMs: nowMs + fromDays * dayMs, notAfterMs: nowMs + toDays * dayMs };
  const names = ['mon.example.com', '192.0.2.1', '2001:db8::1'];
  return new X509Certificate(
    issueServerCertificate({ ...times, subject: 'mon', names, key, issuer: { subject: 'ca', key } }),
  );
}

test.each([
  [-1, 90, 'mon.example.com', 'ok', /valid until 2027-02-27$/],
  [-1, 90, '192.0.2.1', 'ok', /valid until/],
  [-1, 90, '[2001:db8::1]', 'ok', /valid until/],
  [-1, 90, undefined, 'ok', /valid until/],
  [-1, 5, 'mon.example.com', 'warning', /expires on 2026-12-04, in 5 days$/],
  [-30, -1, 'mon.example.com', 'fault', /expired on 2026-11-28$/],
  [1, 90, 'mon.example.com', 'fault', /valid only from/],
  [-1, 90, 'other.example.com', 'fault', /does not name other\.example\.com$/],
] as const)('from day %d to day %d for %s: %s', (from, to, host, level, message) => {
  const names = host === undefined ? {} : { host };
  const found = judgeCertificate(
    { certificate: certificateOf(from, to), what: 'server.pem', renew: 'renew it', ...names },
    nowMs,
  );
  expect(found).toEqual([expect.objectContaining({ level, message: expect.stringMatching(message) })]);
});
