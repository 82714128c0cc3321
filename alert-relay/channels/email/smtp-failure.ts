/** Classifies a failed SMTP attempt. */
import type { ChannelOutcome } from '../../channel/channel.ts';

/** An error of nodemailer. */
interface SmtpFailure {
  readonly code?: unknown;
  /** The server's reply code to the failed command. */
  readonly responseCode?: unknown;
  readonly response?: unknown;
  readonly command?: unknown;
}

/**
 * 4yz replies are transient and 5yz are permanent (RFC 5321 section 4.2.1). A failed connection or encryption is transient.
 * The server's text is left out of the reason if it may repeat credentials.
 */
export function classifyFailure(thrown: unknown): ChannelOutcome {
  const { code, responseCode, response, command } = (thrown ?? {}) as SmtpFailure;
  const reason = typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : 'the connection failed';
  if (code === 'ETLS') return { kind: 'retry', reason }; // the peer may not be the server
  if (typeof responseCode !== 'number') return { kind: isRejectedLocally(code) ? 'drop' : 'retry', reason };
  const said = /^(?:MAIL FROM|RCPT TO|DATA)$/.test(String(command)) ? replyTextOf(response) : '';
  const kind = responseCode >= 500 && responseCode < 600 ? 'drop' : 'retry';
  return { kind, reason: `SMTP ${responseCode}${said === '' ? '' : `: ${said}`}` };
}

/** True if nodemailer itself rejects the envelope or message; a retry cannot succeed. */
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
