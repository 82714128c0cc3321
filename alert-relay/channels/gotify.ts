/** Gotify: push notifications by a self-hosted server. Source: https://gotify.net/docs/pushmsg and https://gotify.net/api-docs */
import { type Answer, type ServiceError, textOf } from '../channel/call.ts';
import { requiredSecret, webUrlField } from '../channel/channel-type.ts';
import { httpChannel } from '../channel/http-channel.ts';
import { type Content, headlineOf, urgencyOf } from '../text/content.ts';
import { renderWithin } from '../text/fit.ts';
import { markdown, renderText } from '../text/format.ts';

/** Gotify documents no limit. Its Android app shows longer messages poorly. */
const maxCharacters = 8_000;

/** From 8 the app makes a sound and shows the message at the top; from 4 it makes a sound: https://github.com/gotify/android */
const priorities = { critical: 8, warning: 6, notice: 4, resolved: 4 } as const;

export const gotify = httpChannel({
  type: 'gotify',
  secrets: { token: requiredSecret("the application's token") },
  fields: { url: webUrlField.describe('the server, such as `https://gotify.example.com`') },
  messagesPerMinute: 60,
  groups: 'together',
  errorOf: ({ body, status }: Answer): ServiceError | undefined =>
    status < 300 ? undefined : { text: textOf(body['errorDescription']) },
  connect: ({ url, token }) => ({
    send: (content, { call }) =>
      call({ url: `${url}/message`, headers: { 'X-Gotify-Key': token.reveal() }, json: bodyOf(content) }),
  }),
});

function bodyOf(content: Content) {
  const [first] = content.links;
  const render = (shorter: Content): string => renderText(shorter, { format: inParagraphs, without: ['headline'] });
  return {
    title: headlineOf(content),
    message: renderWithin(content, render, (text) => text.length <= maxCharacters),
    priority: priorities[urgencyOf(content)],
    extras: {
      'client::display': { contentType: 'text/markdown' },
      ...(first === undefined ? {} : { 'client::notification': { click: { url: first.url } } }),
    },
  };
}

/** CommonMark joins lines unless they end with two spaces. */
const inParagraphs = { ...markdown, lineBreak: '  \n' };
