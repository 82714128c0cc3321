/** Sends mails over SMTP, one thread for each episode or group. */
import { createTransport } from 'nodemailer';
import type { Channel, ChannelOutcome, DeliveryContext } from '../../channel/channel.ts';
import type { Picture } from '../../chart/picture.ts';
import type { GroupMessage, Message } from '../../text/message.ts';
import { pictureId } from './layout.ts';
import { type MailContent, renderGroupMail, renderMail } from './render.ts';
import type { EmailSettings } from './settings.ts';

interface EmailOptions {
  readonly name: string;
  readonly settings: EmailSettings;
}

/** A mail that nodemailer has composed, as its plugins see it. */
interface Composed {
  readonly message: { getHeader(name: string): unknown; setHeader(name: string, value: string): unknown };
}

interface Outgoing {
  readonly content: MailContent;
  readonly picture: Picture | undefined;
  readonly id: number;
  readonly startsAtMs: number;
  readonly isUrgent: boolean;
}

export function createEmailChannel({ name, settings }: EmailOptions): Channel {
  const { from, to, timeoutMs, messagesPerMinute } = settings;
  const transport = createTransport(connectionOf(settings));
  transport.use('stream', relatePicture);
  const domain = from.address.slice(from.address.lastIndexOf('@') + 1);

  async function pictureOf({ tryPicture }: DeliveryContext): Promise<Picture | undefined> {
    return settings.picture ? tryPicture?.() : undefined;
  }

  /** The receipt is the Message-ID of the thread's first mail. */
  async function send(
    { content, picture, id, startsAtMs, isUrgent }: Outgoing,
    { signal, previous }: DeliveryContext,
  ): Promise<ChannelOutcome> {
    const messageId = `<hostpulse.${startsAtMs}.${id}@${domain}>`; // the same at each attempt: mail clients hide the duplicate
    const limit = AbortSignal.timeout(timeoutMs);
    try {
      const { rejected } = await transport.sendMail({
        from: { ...from },
        to: to.map((each) => ({ ...each })),
        envelope: { from: from.address, to: to.map(({ address }) => address) },
        subject: previous === undefined ? content.subject : `Re: ${content.subject}`,
        text: content.text,
        html: content.html,
        ...(picture === undefined ? {} : { attachments: [attachmentOf(picture, content)] }),
        messageId,
        ...(previous === undefined ? {} : { inReplyTo: previous, references: [previous] }),
        ...(isUrgent ? { priority: 'high' as const } : {}),
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Hostpulse-Notification': String(id) },
        disableFileAccess: true,
        disableUrlAccess: true,
        signal: AbortSignal.any([limit, signal]),
      });
      const receipt = previous ?? messageId;
      if (rejected.length === 0) return { kind: 'ok', receipt };
      return { kind: 'ok', receipt, warning: `the server refused ${rejected.length} of ${to.length} recipients` };
    } catch (error) {
      if (signal.aborted) return { kind: 'retry', reason: 'the relay stops' };
      if (limit.aborted) return { kind: 'retry', reason: `no answer within ${timeoutMs / 1_000} s` };
      return classifyFailure(error);
    }
  }

  return {
    name,
    messagesPerMinute,
    deliver: async (message, context) => send(outgoingOf(message, await pictureOf(context)), context),
    groups: {
      canUpdate: false,
      deliver: async (group, context) => send(outgoingOfGroup(group, await pictureOf(context)), context),
    },
  };
}

/** Returns the picture as an inline attachment. The HTML shows the picture by its content id; text readers see an attachment. */
function attachmentOf({ png }: Picture, { pictureName }: MailContent) {
  return {
    filename: pictureName,
    content: png,
    contentType: 'image/png',
    contentDisposition: 'inline' as const,
    headers: { 'Content-ID': `<${pictureId}>` },
  };
}

/**
 * Makes the picture a sibling of text and HTML (RFC 2387). Nodemailer puts the picture either inside the HTML part, where text readers
 * do not see it, or into "multipart/mixed", where some mail clients do not find the picture by its content id.
 */
function relatePicture({ message }: Composed, done: () => void): void {
  if (message.getHeader('Content-Type') === 'multipart/mixed')
    message.setHeader('Content-Type', 'multipart/related; type="multipart/alternative"');
  done();
}

function outgoingOf(message: Message, picture: Picture | undefined): Outgoing {
  const { id, startsAtMs, severity, status } = message;
  const isUrgent = severity === 'critical' && status === 'firing';
  return { content: renderMail(message, picture?.alt), picture, id, startsAtMs, isUrgent };
}

function outgoingOfGroup(group: GroupMessage, picture: Picture | undefined): Outgoing {
  const { id, startsAtMs, severity, firing } = group;
  const isUrgent = severity === 'critical' && firing > 0;
  return { content: renderGroupMail(group, picture?.alt), picture, id, startsAtMs, isUrgent };
}

function connectionOf({ host, port, tls, ca, hello, username, password, timeoutMs }: EmailSettings) {
  return {
    host,
    port,
    ...(hello === undefined ? {} : { name: hello }),
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls', // no fallback: an attacker could strip STARTTLS
    ignoreTLS: tls === 'none',
    tls: { minVersion: 'TLSv1.2' as const, ...(ca === undefined ? {} : { ca }) },
    ...(username === undefined || password === undefined ? {} : { auth: { user: username, pass: password.reveal() } }),
    // The signal limits the whole delivery. These limits end connections that the signal does not close.
    connectionTimeout: 2 * timeoutMs,
    greetingTimeout: 2 * timeoutMs,
    socketTimeout: 2 * timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** An error of nodemailer. */
interface SmtpFailure {
  readonly code?: unknown;
  /** The server's reply code to the failed command. */
  readonly responseCode?: unknown;
  readonly response?: unknown;
  readonly command?: unknown;
}

/**
 * Returns the outcome of a failed delivery. 4yz replies are transient and 5yz replies are permanent (RFC 5321 section 4.2.1). A
 * failed connection or encryption is transient. The server's text is left out of the reason if it may repeat credentials.
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
