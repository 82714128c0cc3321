/**
 * Issues the certificates of `tls: auto`: a CA, and a server certificate signed by the CA, both with P-256 keys. node:crypto
 * reads and signs certificates but cannot write them: docs/decisions/tls-auto.md. Source of the profile: RFC 5280, section 4.
 */
import { createPublicKey, hash, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import {
  bitString,
  booleanTrue,
  explicit,
  implicit,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  time,
  unsignedInteger,
  utf8String,
} from './der.ts';

export interface CertificateSpec {
  readonly subject: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

export interface ServerCertificateSpec extends CertificateSpec {
  /** The key of the server, private or public. */
  readonly key: KeyObject;
  /** DNS names and IP addresses. */
  readonly names: readonly string[];
  readonly issuer: { readonly subject: string; readonly key: KeyObject };
}

const ecdsaWithSha256 = sequence(objectIdentifier('1.2.840.10045.4.3.2'));
const serverAuth = objectIdentifier('1.3.6.1.5.5.7.3.1');

/** Returns a self-signed CA certificate as PEM. The CA may sign server certificates only, no further CAs. */
export function issueCa({ key, ...spec }: CertificateSpec & { readonly key: KeyObject }): string {
  const keyCertSign = bitString(Buffer.from([0b0000_0100]), 2);
  return issue({
    ...spec,
    key,
    issuer: { subject: spec.subject, key },
    extensions: [
      extension('2.5.29.19', { isCritical: true, value: sequence(booleanTrue, unsignedInteger(Buffer.from([0]))) }),
      extension('2.5.29.15', { isCritical: true, value: keyCertSign }),
      extension('2.5.29.14', { value: octetString(keyIdentifier(key)) }),
    ],
  });
}

/** Returns a certificate for a TLS server as PEM. */
export function issueServerCertificate({ names, ...spec }: ServerCertificateSpec): string {
  const digitalSignature = bitString(Buffer.from([0b1000_0000]), 7);
  return issue({
    ...spec,
    extensions: [
      extension('2.5.29.19', { isCritical: true, value: sequence() }),
      extension('2.5.29.15', { isCritical: true, value: digitalSignature }),
      extension('2.5.29.37', { value: sequence(serverAuth) }),
      extension('2.5.29.17', { value: sequence(...names.map(generalName)) }),
      extension('2.5.29.14', { value: octetString(keyIdentifier(spec.key)) }),
      extension('2.5.29.35', { value: sequence(implicit(0, keyIdentifier(spec.issuer.key))) }),
    ],
  });
}

interface Issue extends Omit<ServerCertificateSpec, 'names'> {
  readonly extensions: readonly Buffer[];
}

function issue({ subject, notBeforeMs, notAfterMs, key, issuer, extensions }: Issue): string {
  const body = sequence(
    explicit(0, unsignedInteger(Buffer.from([2]))), // version 3
    unsignedInteger(randomBytes(16)),
    ecdsaWithSha256,
    distinguishedName(issuer.subject),
    sequence(time(notBeforeMs), time(notAfterMs)),
    distinguishedName(subject),
    publicKeyInfo(key),
    explicit(3, sequence(...extensions)),
  );
  const certificate = sequence(body, ecdsaWithSha256, bitString(sign('sha256', body, issuer.key)));
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

function extension(id: string, { isCritical = false, value }: { isCritical?: boolean; value: Buffer }): Buffer {
  return sequence(objectIdentifier(id), ...(isCritical ? [booleanTrue] : []), octetString(value));
}

/** A name with a common name only; at most 64 characters are allowed. */
function distinguishedName(commonName: string): Buffer {
  return sequence(setOf(sequence(objectIdentifier('2.5.4.3'), utf8String(commonName.slice(0, 64)))));
}

/** Returns the SubjectPublicKeyInfo of a key. */
export function publicKeyInfo(key: KeyObject): Buffer {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return publicKey.export({ type: 'spki', format: 'der' });
}

/** The point of a P-256 key is the last 65 bytes of its SubjectPublicKeyInfo. Source: RFC 7093, section 2, method 1 */
function keyIdentifier(key: KeyObject): Buffer {
  return hash('sha256', publicKeyInfo(key).subarray(-65), 'buffer').subarray(0, 20);
}

/** Source: RFC 5280, section 4.2.1.6 */
function generalName(name: string): Buffer {
  if (isIPv4(name)) return implicit(7, Buffer.from(name.split('.').map(Number)));
  if (isIPv6(name)) return implicit(7, ipv6Bytes(name));
  return implicit(2, Buffer.from(name, 'latin1'));
}

/** The URL parser renders every IPv6 address as groups of hex digits with at most one `::`. */
function ipv6Bytes(address: string): Buffer {
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (text: string): readonly string[] => (text === '' ? [] : text.split(':'));
  const [before, after] = [groups(head), groups(tail ?? '')];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  const digits = [...before, ...zeros, ...after].map((group) => group.padStart(4, '0')).join('');
  return Buffer.from(digits, 'hex');
}
