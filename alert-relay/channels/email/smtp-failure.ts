/** What an SMTP attempt that failed means. */
import type { ChannelOutcome } from '../../channel/channel.ts';

/** As nodemailer reports it. */
interface SmtpFailure {
  readonly code?: unknown;
  /** The server's, of the command that failed. */
  readonly responseCode?: unknown;
  readonly response?: unknown;
  readonly command?: unknown;
}

/**
 * 4yz: the server may take it later; 5yz: it never will (RFC 5321 section 4.2.1); no answer, no connection or no
 * encryption: later. The server's words are left out where it could repeat credentials.
 */
export function classifyFailure(thrown: unknown): ChannelOutcome {
  const { code, responseCode, response, command } = (thrown ?? {}) as SmtpFailure;
  const reason = typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : 'the connection failed';
  if (code === 'ETLS') return { kind: 'retry', reason }; // whatever refuses encryption may not be the server
  if (typeof responseCode !== 'number') return { kind: isOurs(code) ? 'drop' : 'retry', reason };
  const said = /^(?:MAIL FROM|RCPT TO|DATA)$/.test(String(command)) ? wordsOf(response) : '';
  const kind = responseCode >= 500 && responseCode < 600 ? 'drop' : 'retry';
  return { kind, reason: `SMTP ${responseCode}${said === '' ? '' : `: ${said}`}` };
}

/** An envelope or message that the library itself refuses is never better. */
function isOurs(code: unknown): boolean {
  return code === 'EENVELOPE' || code === 'EMESSAGE' || code === 'ECONFIG';
}

function wordsOf(response: unknown): string {
  if (typeof response !== 'string') return '';
  return response
    .replaceAll(/^\d{3}[ -]?/gm, '')
    .replaceAll(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, 200);
}
