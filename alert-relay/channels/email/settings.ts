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
import { isTimeZone } from '../../text/text.ts';

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

const addressForms = 'an address such as ops@example.com or "Ops <ops@example.com>"';

export const mailAddress = z.string().transform((text, context) => {
  const address = tryParseAddress(text);
  if (address !== undefined) return address;
  context.addIssue({ code: 'custom', message: addressForms });
  return z.NEVER;
});

/** A recipient. `timeZone` is the zone of the times in the mail; undefined: the relay's. */
export interface Recipient extends MailAddress {
  readonly timeZone: string | undefined;
}

const zonedRecipient = z.strictObject(
  {
    address: z.string(addressForms),
    time_zone: z
      .string('a time zone of the IANA database, such as Europe/Berlin')
      .refine(isTimeZone, 'a time zone of the IANA database, such as Europe/Berlin'),
  },
  `${addressForms}, or {address, time_zone}`,
);

/** An address, or an address with a time zone. Not a union of both, whose faults would have no path within the object. */
const recipient = z.unknown().transform((given, context): Recipient => {
  const fail = (message: string, path: PropertyKey[]): never => {
    context.addIssue({ code: 'custom', path, message });
    return z.NEVER;
  };
  const parsed = zonedRecipient.safeParse(given);
  if (typeof given !== 'string' && !parsed.success) {
    for (const { message, path } of parsed.error.issues) fail(message, path);
    return z.NEVER;
  }
  const address = tryParseAddress(typeof given === 'string' ? given : (parsed.data?.address ?? ''));
  if (address === undefined) return fail(addressForms, typeof given === 'string' ? [] : ['address']);
  return { ...address, timeZone: parsed.data?.time_zone };
});

const helloName = z
  .string()
  .regex(/^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Za-z.:]+\])$/, 'a host name such as mail.example.com')
  .optional();

const standardPort = { starttls: 587, implicit: 465, none: 25 } as const;
const loopback: readonly string[] = ['localhost', '127.0.0.1', '::1'];

export const emailSettings = z
  .strictObject({
    type: z.literal('email'),
    from: mailAddress.describe('the sender: `ops@example.com` or `Ops <ops@example.com>`'),
    to: z
      .array(recipient, 'a list of addresses')
      .min(1, 'one address at least')
      .max(50, '50 addresses at most')
      .describe(
        'the recipients, a list of addresses; `{address: kim@example.com, time_zone: Asia/Seoul}` gets the times in that zone, in a mail of the zone',
      ),
    reply_to: mailAddress.optional().describe('the address that answers go to'),
    host: z
      .string()
      .regex(/^[A-Za-z0-9.:-]+$/, 'the name or address of an SMTP server')
      .describe('the SMTP server'),
    port: z
      .int('a port from 1 to 65535')
      .min(1, 'a port from 1 to 65535')
      .max(65_535, 'a port from 1 to 65535')
      .optional()
      .describe('default: 587, 465 or 25, by `tls`'),
    /** `starttls` and `implicit` send nothing until the connection is encrypted and the certificate is verified. */
    tls: z
      .enum(['starttls', 'implicit', 'none'], 'one of starttls, implicit, none')
      .default('starttls')
      .describe(
        '`starttls`, `implicit` or `none`; the first two never fall back to plain text and verify the certificate',
      ),
    ca_file: z.string().min(1).optional().describe("PEM certificates to trust instead of the system's"),
    ehlo_name: helloName.describe(
      'the name that the relay gives in EHLO, such as `mail.example.com`; default: the host name if it has a dot, else `[127.0.0.1]`. Some servers refuse other names with 421',
    ),
    hello: helloName.describe('the earlier name of `ehlo_name`'),
    username: z.string().min(1).optional().describe('with `password`: both or neither'),
    ...secretFields('password', { help: 'sent without encryption only to this machine' }),
    timeout: timeoutField('30s'),
    messages_per_minute: messagesPerMinuteField.default(60),
    picture: pictureField.default(true),
  })
  .transform(({ ca_file: caFile, timeout, messages_per_minute: messagesPerMinute, ...fields }, context) => {
    const { type, from, to, reply_to: replyTo, host, tls, username, picture } = fields;
    const fail = (field: string, message: string): void => context.addIssue({ code: 'custom', path: [field], message });
    const given = { name: 'password', value: fields.password, file: fields.password_file };
    const password = tryReadSecret(given, context);
    const ca = caFile === undefined ? undefined : tryReadText(caFile);
    if (caFile !== undefined && ca === undefined) fail('ca_file', 'a readable file of certificates');
    if (fields.hello !== undefined && fields.ehlo_name !== undefined) fail('hello', 'only one of ehlo_name and hello');
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
    const ehloName = fields.ehlo_name ?? fields.hello;
    const server = { host, port, tls, caFile, ca, ehloName, username, password };
    return { type, from, to, replyTo, ...server, ...pace, picture };
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

/** Returns the recipient in the spelling of the config file. */
export function printRecipient({ timeZone, ...address }: Recipient): string | object {
  return timeZone === undefined ? renderAddress(address) : { address: renderAddress(address), time_zone: timeZone };
}
