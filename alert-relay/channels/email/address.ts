/** Parses mail addresses. They come from the configuration only, never from an alert. */
import { z } from 'zod';

export interface MailAddress {
  /** The display name; may be empty. */
  readonly name: string;
  readonly address: string;
}

/** Parses `Ops <ops@example.com>` or `ops@example.com`. Returns undefined for anything else, such as a line break. */
export function tryParseAddress(text: string): MailAddress | undefined {
  const [, quoted, plain, bracketed, bare] =
    /^(?:(?:"([^"\\\p{Cc}]*)"|([^"<>,;:\\\p{Cc}]*?)) *<([^<>]+)>|([^<>]+))$/u.exec(text.trim()) ?? [];
  const address = bracketed ?? bare;
  if (address === undefined || !isAddress(address)) return undefined;
  return { name: quoted ?? plain ?? '', address };
}

/** The common form of RFC 5321 section 4.1.2, without quoted local parts and address literals. */
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

export function renderAddress({ name, address }: MailAddress): string {
  return name === '' ? address : `"${name}" <${address}>`;
}
