/** Email over SMTP: one thread an episode, or group. */
import { createTransport } from 'nodemailer';
import type { Channel, ChannelOutcome, DeliveryContext } from '../../channel/channel.ts';
import type { Picture } from '../../chart/picture.ts';
import type { GroupMessage, Message } from '../../text/message.ts';
import { pictureId } from './layout.ts';
import { type MailContent, renderGroupMail, renderMail } from './render.ts';
import type { EmailSettings } from './settings.ts';
import { classifyFailure } from './smtp-failure.ts';

interface EmailOptions {
  readonly name: string;
  readonly settings: EmailSettings;
}

/** What the library has made of a mail when it asks plugins. */
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
  transport.use('stream', keepPictureBeside);
  const domain = from.address.slice(from.address.lastIndexOf('@') + 1);

  async function pictureOf({ tryPicture }: DeliveryContext): Promise<Picture | undefined> {
    return settings.picture ? tryPicture?.() : undefined;
  }

  /** The receipt is the thread's first Message-ID. */
  async function send(
    { content, picture, id, startsAtMs, isUrgent }: Outgoing,
    { signal, previous }: DeliveryContext,
  ): Promise<ChannelOutcome> {
    const messageId = `<hostpulse.${startsAtMs}.${id}@${domain}>`; // the same at each attempt, so that a reader can tell a copy
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

/** Named by its id in the HTML; to who reads the text, an attachment. */
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
 * Text and HTML with the picture beside both: the library has it inside the HTML, where who reads the text does not see
 * it, or as "mixed", where not every client finds it by its id (RFC 2387).
 */
function keepPictureBeside({ message }: Composed, done: () => void): void {
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

function connectionOf({ host, port, tls, ca, username, password, timeoutMs }: EmailSettings) {
  return {
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls', // never falls back: whoever sits between would only have to hide STARTTLS
    ignoreTLS: tls === 'none',
    tls: { minVersion: 'TLSv1.2' as const, ...(ca === undefined ? {} : { ca }) },
    ...(username === undefined || password === undefined ? {} : { auth: { user: username, pass: password.reveal() } }),
    // The whole delivery has one limit, which says so; these only end what its signal does not reach.
    connectionTimeout: 2 * timeoutMs,
    greetingTimeout: 2 * timeoutMs,
    socketTimeout: 2 * timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}
