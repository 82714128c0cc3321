/**
 * Matrix: messages in a room, kept up to date by replacements. A request that is repeated has no second effect, because its
 * transaction id is the same. Source: https://spec.matrix.org/v1.16/client-server-api/#sending-events-to-a-room
 */
import { z } from 'zod';
import { type Answer, type CallRequest, joinTexts, type ServiceError, secondsToMs, textOf } from '../channel/call.ts';
import { requiredSecret, webUrlField } from '../channel/channel-type.ts';
import { httpChannel, sendLive } from '../channel/http-channel.ts';
import { pictureSize } from '../chart/picture.ts';
import type { Content } from '../text/content.ts';
import { byteLength, renderWithin } from '../text/fit.ts';
import { htmlText, plainText, renderText } from '../text/format.ts';

/**
 * Bytes of an event: https://spec.matrix.org/v1.16/client-server-api/#size-limits (65,536). A replacement contains the text
 * twice, and the server adds fields.
 */
const maxBytes = 28_000;

export const matrix = httpChannel({
  type: 'matrix',
  secrets: { access_token: requiredSecret("the access token of the bot's account") },
  fields: {
    url: webUrlField.describe('the homeserver, such as `https://matrix.example.com`'),
    room_id: z
      .string()
      .regex(/^![^\s]{1,254}$/, "a room's id, such as !abc:example.com")
      .describe("the room's id (not its alias); invite the bot, in a room without encryption"),
  },
  messagesPerMinute: 60,
  picture: true,
  groups: 'updated',
  errorOf,
  connect({ accessToken, url, roomId }) {
    const headers = { Authorization: `Bearer ${accessToken.reveal()}` };
    const event = (transaction: string, json: object): CallRequest => ({
      method: 'PUT',
      url: `${url}/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/send/m.room.message/hostpulse.${transaction}`,
      headers,
      json,
    });
    return {
      send: (content, delivery) =>
        sendLive(content, delivery, {
          post: () => event(content.key, messageOf(content)),
          receiptOf: ({ event_id: id }) => textOf(id),
          edit: (_, receipt) => event(`${content.key}.edit`, replacementOf(content, receipt)),
          reply: (text, { key }, receipt) => event(`${key}.reply`, { ...textMessage(text), ...inReplyTo(receipt) }),
        }),
      async addPicture({ png, alt, fileName, receipt, content }, call) {
        const upload = `${url}/_matrix/media/v3/upload?filename=${encodeURIComponent(fileName)}`;
        const uploaded = await call({ url: upload, headers: { ...headers, 'Content-Type': 'image/png' }, bytes: png });
        if (uploaded.kind !== 'ok') return uploaded;
        const info = { mimetype: 'image/png', size: png.length, w: 2 * pictureSize.width, h: 2 * pictureSize.height };
        const image = {
          msgtype: 'm.image',
          body: alt,
          filename: fileName,
          url: textOf(uploaded.body['content_uri']),
          info,
        };
        return call(event(`${content.key}.picture`, { ...image, 'm.mentions': {}, ...inReplyTo(receipt) }));
      },
    };
  },
});

/** Empty mentions: the text of an alert notifies no user. */
function textMessage(body: string) {
  return { msgtype: 'm.text', body, 'm.mentions': {} };
}

function messageOf(content: Content) {
  const render = (shorter: Content) => ({
    ...textMessage(renderText(shorter, { format: plainText })),
    format: 'org.matrix.custom.html',
    formatted_body: renderText(shorter, { format: { ...htmlText, lineBreak: '<br>', paragraphBreak: '<br><br>' } }),
  });
  return renderWithin(content, render, (message) => byteLength(JSON.stringify(message)) <= maxBytes);
}

/** Clients without replacements show the body with a star: https://spec.matrix.org/v1.16/client-server-api/#event-replacements */
function replacementOf(content: Content, receipt: string) {
  const replaced = messageOf(content);
  const relation = { rel_type: 'm.replace', event_id: receipt };
  return { ...textMessage(`* ${replaced.body}`), 'm.new_content': replaced, 'm.relates_to': relation };
}

function inReplyTo(receipt: string) {
  return { 'm.relates_to': { 'm.in_reply_to': { event_id: receipt } } };
}

/** Source: https://spec.matrix.org/v1.16/client-server-api/#standard-error-response and #rate-limiting */
function errorOf({ body, status }: Answer): ServiceError | undefined {
  if (status < 300) return undefined;
  const text = joinTexts(body['errcode'], body['error']);
  const after = body['retry_after_ms'];
  return { text, afterMs: typeof after === 'number' ? secondsToMs(after / 1_000) : undefined };
}
