/** Defines the settings of an email channel. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import {
  messagesPerMinuteField,
  pictureField,
  secretFields,
  timeoutField,
  tryReadSecret,
} from '../../channel/fields.ts';

export interface MailAddress {
  /** The display name; may be empty. */
  readonly name: string;
  readonly address: string;
}

/** Parses `Ops <ops@example.com>` or `ops@example.com`. Returns undefined for any other text, such as a text with a line break. */
export function tryParseAddress(text: string): MailAddress | undefined {
  const [, quoted, plain, bracketed, bare] =
    /^(?:(?:"([^"\\\p{Cc}]*)"|([^"<>,;:\\\p{Cc}]*?)) *<([^<>]+)>|([^<>]+))$/u.exec(text.trim()) ?? [];
  const address = bracketed ?? bare;
  if (address === undefined || !isAddress(address)) return undefined;
  return { name: quoted ?? plain ?? '', address };
}

/** Returns whether the text is an address in the common form of RFC 5321 section 4.1.2, without quoted local parts and address literals. */
function isAddress(text: string): boolean {
  return (
    text.length <= 254 && /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(text)
  );
}

export const mailAddress = z.string().transform((text, context) => {
  const address = tryParseAddress(text);
  if (address !== undefined) return address;
  context.addIssue({ code: 'custom', message: 'an address such as ops@example.com or "Ops <ops@example.com>"' });
  return z.NEVER;
});

const standardPort = { starttls: 587, implicit: 465, none: 25 } as const;
const loopback: readonly string[] = ['localhost', '127.0.0.1', '::1'];

export const emailSettings = z
  .strictObject({
    type: z.literal('email'),
    from: mailAddress,
    to: z.array(mailAddress).min(1, 'one address at least').max(50, '50 addresses at most'),
    host: z.string().regex(/^[A-Za-z0-9.:-]+$/, 'the name or address of an SMTP server'),
    port: z
      .int('a port from 1 to 65535')
      .min(1, 'a port from 1 to 65535')
      .max(65_535, 'a port from 1 to 65535')
      .optional(),
    /** `starttls` and `implicit` send nothing until the connection is encrypted and the certificate is verified. */
    tls: z.enum(['starttls', 'implicit', 'none'], 'one of starttls, implicit, none').default('starttls'),
    ca_file: z.string().min(1).optional(),
    /** The name in EHLO. Absent: the host name if it has a dot, otherwise `[127.0.0.1]`. */
    hello: z
      .string()
      .regex(
        /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Za-z.:]+\])$/,
        'a host name such as mail.example.com',
      )
      .optional(),
    username: z.string().min(1).optional(),
    ...secretFields('password'),
    timeout: timeoutField('30s'),
    messages_per_minute: messagesPerMinuteField.default(60),
    picture: pictureField.default(true),
  })
  .transform(({ ca_file: caFile, timeout, messages_per_minute: messagesPerMinute, ...fields }, context) => {
    const { type, from, to, host, tls, hello, username, picture } = fields;
    const fail = (field: string, message: string): void => context.addIssue({ code: 'custom', path: [field], message });
    const given = { name: 'password', value: fields.password, file: fields.password_file };
    const password = tryReadSecret(given, context);
    const ca = caFile === undefined ? undefined : tryReadText(caFile);
    if (caFile !== undefined && ca === undefined) fail('ca_file', 'a readable file of certificates');
    if (context.issues.length === 0) {
      if ((username === undefined) !== (password === undefined))
        fail(username === undefined ? 'username' : 'password', 'username and password together');
      if (tls === 'none' && password !== undefined && !loopback.includes(host))
        fail('tls', 'starttls or implicit: a password is not sent unencrypted');
      if (tls === 'none' && caFile !== undefined) fail('ca_file', 'no ca_file beside tls: none');
    }
    if (context.issues.length > 0) return z.NEVER;
    const port = fields.port ?? standardPort[tls];
    const pace = { timeoutMs: timeout, messagesPerMinute };
    return { type, from, to, host, port, tls, caFile, ca, hello, username, password, ...pace, picture };
  });

export type EmailSettings = z.output<typeof emailSettings>;

function tryReadText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // reported as a fault of the field
  }
}

export function renderAddress({ name, address }: MailAddress): string {
  return name === '' ? address : `"${name}" <${address}>`;
}
