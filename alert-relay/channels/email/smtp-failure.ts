/** Classifies an error of an SMTP delivery. Faults of the encryption are explained in words. */
import type { ChannelOutcome } from '../../channel/channel.ts';

/** An error of nodemailer. */
interface SmtpFailure {
  readonly code?: unknown;
  /** The server's reply code to the failed command. */
  readonly responseCode?: unknown;
  readonly response?: unknown;
  readonly command?: unknown;
  readonly message?: unknown;
}

/**
 * Returns the outcome of a failed delivery. 4yz replies are transient and 5yz replies are permanent (RFC 5321 section 4.2.1). A
 * failed connection or encryption is transient. The server's text is left out of the reason if it may repeat credentials.
 */
export function classifyFailure(thrown: unknown): Exclude<ChannelOutcome, { kind: 'ok' }> {
  const { code, responseCode, response, command, message } = (thrown ?? {}) as SmtpFailure;
  const name = typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : 'the connection failed';
  const words = code === 'ESOCKET' || code === 'ETLS' ? tlsFault(String(message)) : undefined;
  const reason = words === undefined ? name : `${name}: ${words}`;
  if (code === 'ETLS') return { kind: 'retry', reason }; // the peer may not be the server
  if (typeof responseCode !== 'number') return { kind: isRejectedLocally(code) ? 'drop' : 'retry', reason };
  const said = /^(?:MAIL FROM|RCPT TO|DATA)$/.test(String(command)) ? replyTextOf(response) : '';
  const kind = responseCode >= 500 && responseCode < 600 ? 'drop' : 'retry';
  return { kind, reason: `SMTP ${responseCode}${said === '' ? '' : `: ${said}`}` };
}

/** Texts of Node, OpenSSL and nodemailer, with their meaning and the remedy. */
const tlsFaults: readonly (readonly [RegExp, string])[] = [
  [/self[- ]signed certificate/, "the server's certificate is self-signed; set ca_file to the certificate or its CA"],
  [
    /unable to (?:verify the first|get (?:local )?issuer) certificate/,
    "the server's certificate is from an unknown authority; set ca_file to the CA's certificate",
  ],
  [/certificate has expired/, "the server's certificate has expired"],
  [/certificate is not yet valid/, "the server's certificate is not valid yet; check the clock"],
  [/does not match certificate's altnames/, "the server's certificate is for another name than host"],
  [
    /wrong version number|packet length too long/,
    'the port does not speak TLS; use tls: starttls, or the port of tls: implicit (465)',
  ],
  [
    /unsupported protocol|protocol version|no protocols available|handshake failure|no shared cipher/,
    'the server and the relay have no version or cipher of TLS in common; TLS 1.2 is the oldest',
  ],
  [/STARTTLS|upgrad/i, 'the server does not offer STARTTLS on this port; use tls: implicit with port 465'],
];

function tlsFault(message: string): string | undefined {
  return tlsFaults.find(([pattern]) => pattern.test(message))?.[1];
}

/** Returns true if nodemailer itself rejects the envelope or the message: a retry cannot succeed. */
function isRejectedLocally(code: unknown): boolean {
  return code === 'EENVELOPE' || code === 'EMESSAGE' || code === 'ECONFIG';
}

function replyTextOf(response: unknown): string {
  if (typeof response !== 'string') return '';
  return response
    .replaceAll(/^\d{3}[ -]?/gm, '')
    .replaceAll(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, 200);
}
