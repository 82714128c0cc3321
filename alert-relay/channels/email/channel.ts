/** Email over SMTP: one thread an episode, or group. */
import { createTransport } from 'nodemailer';
import type { GroupMessage, Message } from '../../message.ts';
import type { Channel, ChannelOutcome, DeliveryContext } from '../channel.ts';
import { type MailContent, renderGroupMail, renderMail } from './render.ts';
import type { EmailSettings } from './settings.ts';
import { classifyFailure } from './smtp-failure.ts';

interface EmailOptions {
  readonly name: string;
  readonly settings: EmailSettings;
}

interface Outgoing {
  readonly content: MailContent;
  readonly id: number;
  readonly startsAtMs: number;
  readonly isUrgent: boolean;
}

export function createEmailChannel({ name, settings }: EmailOptions): Channel {
  const { from, to, timeoutMs, messagesPerMinute } = settings;
  const transport = createTransport(connectionOf(settings));
  const domain = from.address.slice(from.address.lastIndexOf('@') + 1);

  /** The receipt is the thread's first Message-ID. */
  async function send(
    { content, id, startsAtMs, isUrgent }: Outgoing,
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
    deliver: (message, context) => send(outgoingOf(message), context),
    groups: { canUpdate: false, deliver: (group, context) => send(outgoingOfGroup(group), context) },
  };
}

function outgoingOf(message: Message): Outgoing {
  const { id, startsAtMs, severity, status } = message;
  return { content: renderMail(message), id, startsAtMs, isUrgent: severity === 'critical' && status === 'firing' };
}

function outgoingOfGroup(group: GroupMessage): Outgoing {
  const { id, startsAtMs, severity, firing } = group;
  return { content: renderGroupMail(group), id, startsAtMs, isUrgent: severity === 'critical' && firing > 0 };
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
