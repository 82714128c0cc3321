/** Defines a channel that calls an HTTP API. A channel's file adds the settings, the requests and the errors of the service. */
import { type Picture, pictureNameOf } from '../chart/picture.ts';
import { type Content, contentOf, contentOfGroup } from '../text/content.ts';
import { type Call, type Called, type CallRequest, createCall, type ErrorOf, type Json } from './call.ts';
import type { Channel, ChannelOutcome, DeliveryContext } from './channel.ts';
import {
  type ChannelType,
  type Fields,
  type Grouping,
  type SchemaOptions,
  type Secrets,
  type SettingsOf,
  settingsSchema,
} from './channel-type.ts';

/** Tools for one delivery. */
export interface Delivery {
  /** Makes a request to the service. */
  readonly call: Call;
  /** The receipt of the newest message of the episode or group. Undefined for the first message. */
  readonly previous: string | undefined;
  /** Resolves to the message's picture for services that take it with the message. Undefined if there is none. */
  tryPicture(): Promise<Picture | undefined>;
}

/** `receipt` identifies the message in the service; later messages of the episode get it as `previous`. */
export type Sent = Called | { readonly kind: 'ok'; readonly receipt: string | undefined };

export interface SentPicture extends Picture {
  readonly fileName: string;
  /** The receipt of the message that the picture belongs to. */
  readonly receipt: string;
  readonly content: Content;
}

/** The use of a service with the settings of one channel. */
export interface Service {
  send(content: Content, delivery: Delivery): Promise<Sent>;
  /** Adds the picture to a delivered message. */
  readonly addPicture?: (picture: SentPicture, call: Call) => Promise<Called>;
}

export interface HttpChannelOptions<Type extends string, Plain extends Fields, Hidden extends Secrets>
  extends SchemaOptions<Type, Plain, Hidden> {
  readonly groups: Grouping;
  /** Returns the error that an answer reports in the service's own form, or undefined. */
  readonly errorOf: ErrorOf;
  readonly connect: (settings: SettingsOf<Type, Plain, Hidden>, now: () => number) => Service;
}

export function httpChannel<const Type extends string, const Plain extends Fields, const Hidden extends Secrets>(
  options: HttpChannelOptions<Type, Plain, Hidden>,
): ChannelType<SettingsOf<Type, Plain, Hidden>> {
  const { type, groups, errorOf, connect } = options;
  return {
    type,
    groups,
    settings: settingsSchema(options),
    create({ name, settings, now }) {
      const service = connect(settings, now);
      const deliver = createDeliver({ settings, errorOf, service, now });
      return {
        name,
        messagesPerMinute: settings.messagesPerMinute,
        deliver: (message, context) => deliver(contentOf(message), context),
        ...(groups !== 'separate' && {
          groups: {
            canUpdate: groups === 'updated',
            deliver: (group, context) => deliver(contentOfGroup(group), context),
          },
        }),
      } satisfies Channel;
    },
  };
}

interface DeliverOptions {
  readonly settings: { readonly timeoutMs: number; readonly picture?: boolean };
  readonly errorOf: ErrorOf;
  readonly service: Service;
  readonly now: () => number;
}

type Deliver = (content: Content, context: DeliveryContext) => Promise<ChannelOutcome>;

function createDeliver({ settings, errorOf, service, now }: DeliverOptions): Deliver {
  const { timeoutMs, picture: isPictured = false } = settings;
  const callWith = (signal: AbortSignal): Call => createCall({ settings, errorOf, timeoutMs, signal, now });

  return async (content, { signal, previous, tryPicture }) => {
    const pictureOf = async (): Promise<Picture | undefined> => (isPictured ? tryPicture?.() : undefined);
    const sent = await service.send(content, { call: callWith(signal), previous, tryPicture: pictureOf });
    if (sent.kind === 'retry') return sent;
    if (sent.kind !== 'ok') return { kind: 'drop', reason: sent.reason };
    const receipt = 'receipt' in sent ? sent.receipt : undefined;
    const outcome = { kind: 'ok', ...(receipt === undefined ? {} : { receipt }) } as const;
    const { addPicture } = service;
    const isPictureDue = !content.isFiring || (previous === undefined && !content.isReminder);
    if (addPicture === undefined || !isPictured || tryPicture === undefined || !isPictureDue) return outcome;
    return {
      ...outcome,
      async followUp(followUpSignal) {
        const picture = await tryPicture();
        if (picture === undefined) return undefined;
        const fileName = pictureNameOf(content.title);
        const file = { ...picture, fileName, receipt: receipt ?? '', content };
        const added = await addPicture(file, callWith(followUpSignal));
        return added.kind === 'ok' ? undefined : `the picture was not accepted: ${added.reason}`;
      },
    };
  };
}

/** The requests of a service whose messages can be changed. */
export interface LiveMessage {
  post(content: Content): CallRequest;
  /** Returns the receipt of a posted message, or undefined if the answer has none. */
  receiptOf(body: Json): string | undefined;
  edit(content: Content, receipt: string): CallRequest;
  /** Returns a message below the edited one, which notifies readers. */
  reply(text: string, content: Content, receipt: string): CallRequest;
}

/**
 * Posts the first message of an episode or group. Later ones change it and add a reply. A message that was deleted is posted
 * again. The change comes before the reply: a repeated change has no effect, a repeated reply would be visible.
 */
export async function sendLive(content: Content, { call, previous }: Delivery, live: LiveMessage): Promise<Sent> {
  const edited = previous === undefined ? undefined : await call(live.edit(content, previous));
  if (previous === undefined || edited === undefined || edited.kind === 'gone') {
    const posted = await call(live.post(content));
    return posted.kind === 'ok' ? { kind: 'ok', receipt: live.receiptOf(posted.body) } : posted;
  }
  if (edited.kind !== 'ok') return edited;
  const { reply } = content;
  const replied = reply === undefined ? undefined : await call(live.reply(reply.text, content, previous));
  if (replied !== undefined && replied.kind !== 'ok' && replied.kind !== 'gone') return replied;
  return { kind: 'ok', receipt: previous };
}
