/** Sends mails over SMTP, one thread for each episode or group. */
import { createTransport } from 'nodemailer';
import type { Channel, ChannelOutcome, DeliveryContext } from '../../channel/channel.ts';
import type { Picture } from '../../chart/picture.ts';
import type { GroupMessage, Message } from '../../text/message.ts';
import { pictureId } from './layout.ts';
import { type MailContent, renderGroupMail, renderMail } from './render.ts';
import type { EmailSettings, Recipient } from './settings.ts';
import { classifyFailure } from './smtp-failure.ts';

interface EmailOptions {
  readonly name: string;
  readonly settings: EmailSettings;
}

/** A mail that nodemailer has composed, as its plugins see it. */
interface Composed {
  readonly message: { getHeader(name: string): unknown; setHeader(name: string, value: string): unknown };
}

/** A mail that is sent to the recipients of one time zone. */
interface Outgoing {
  /** Renders the mail with times in this zone; undefined: the relay's. */
  readonly render: (timeZone: string | undefined) => MailContent;
  readonly picture: Picture | undefined;
  readonly id: number;
  readonly startsAtMs: number;
  readonly isUrgent: boolean;
}

interface Share {
  readonly timeZone: string | undefined;
  readonly to: readonly Recipient[];
}

/** Partly delivered mails whose delivered shares are remembered. */
const maxPartial = 1_000;

export function createEmailChannel({ name, settings }: EmailOptions): Channel {
  const { from, to, replyTo, timeoutMs, messagesPerMinute } = settings;
  const transport = createTransport(connectionOf(settings));
  transport.use('stream', relatePicture);
  const domain = from.address.slice(from.address.lastIndexOf('@') + 1);
  const shares = sharesOf(to);
  /** The time zones whose recipients have a mail that is retried for others, by Message-ID. Lost when the relay ends. */
  const delivered = new Map<string, Set<string | undefined>>();

  async function pictureOf({ tryPicture }: DeliveryContext): Promise<Picture | undefined> {
    return settings.picture ? tryPicture?.() : undefined;
  }

  /** The receipt is the Message-ID of the thread's first mail. */
  async function send(outgoing: Outgoing, context: DeliveryContext): Promise<ChannelOutcome> {
    const { id, startsAtMs } = outgoing;
    const messageId = `<hostpulse.${startsAtMs}.${id}@${domain}>`; // the same at each attempt: mail clients hide the duplicate
    const before = delivered.get(messageId) ?? new Set();
    let refused = 0;
    let failure: Exclude<ChannelOutcome, { kind: 'ok' }> | undefined;
    for (const share of shares) {
      if (before.has(share.timeZone)) continue;
      const outcome = await sendShare(outgoing, { ...share, messageId }, context);
      if (typeof outcome === 'number') {
        refused += outcome;
        before.add(share.timeZone);
      } else if (failure === undefined || outcome.kind === 'retry') failure = outcome;
      if (typeof outcome !== 'number' && outcome.kind === 'drop') refused += share.to.length;
    }
    delivered.delete(messageId);
    if (failure?.kind === 'retry') {
      if (before.size > 0) remember(messageId, before);
      return failure;
    }
    if (failure !== undefined && before.size === 0) return failure;
    const receipt = context.previous ?? messageId;
    if (refused === 0) return { kind: 'ok', receipt };
    return { kind: 'ok', receipt, warning: `the server refused ${refused} of ${to.length} recipients` };
  }

  function remember(messageId: string, zones: Set<string | undefined>): void {
    const [oldest] = delivered.keys();
    if (delivered.size >= maxPartial && oldest !== undefined) delivered.delete(oldest);
    delivered.set(messageId, zones);
  }

  /** Sends the mail to the recipients of one time zone. Resolves to the number of refused ones, or to the failure of all. */
  async function sendShare(
    { render, picture, id, isUrgent }: Outgoing,
    { timeZone, to: recipients, messageId }: Share & { readonly messageId: string },
    { signal, previous }: DeliveryContext,
  ): Promise<number | Exclude<ChannelOutcome, { kind: 'ok' }>> {
    const content = render(timeZone);
    const limit = AbortSignal.timeout(timeoutMs);
    try {
      const { rejected } = await transport.sendMail({
        from: { ...from },
        to: recipients.map(({ name: shown, address }) => ({ name: shown, address })),
        ...(replyTo === undefined ? {} : { replyTo: { ...replyTo } }),
        envelope: { from: from.address, to: recipients.map(({ address }) => address) },
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
      return rejected.length;
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

/** Returns the recipients by time zone, so that each zone gets one mail. */
function sharesOf(to: readonly Recipient[]): readonly Share[] {
  return [...Map.groupBy(to, ({ timeZone }) => timeZone)].map(([timeZone, recipients]) => ({
    timeZone,
    to: recipients,
  }));
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
  const render = (timeZone = message.timeZone): MailContent => renderMail({ ...message, timeZone }, picture?.alt);
  return { render, picture, id, startsAtMs, isUrgent };
}

function outgoingOfGroup(group: GroupMessage, picture: Picture | undefined): Outgoing {
  const { id, startsAtMs, severity, firing } = group;
  const isUrgent = severity === 'critical' && firing > 0;
  const render = (timeZone = group.timeZone): MailContent => renderGroupMail({ ...group, timeZone }, picture?.alt);
  return { render, picture, id, startsAtMs, isUrgent };
}

function connectionOf({ host, port, tls, ca, ehloName, username, password, timeoutMs }: EmailSettings) {
  return {
    host,
    port,
    ...(ehloName === undefined ? {} : { name: ehloName }),
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
