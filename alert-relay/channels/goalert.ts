/** GoAlert: the generic API of a service. An alert is closed when it is resolved. Source: https://github.com/target/goalert */
import { type Answer, type ServiceError } from '../channel/call.ts';
import { requiredSecretUrl } from '../channel/channel-type.ts';
import { httpChannel } from '../channel/http-channel.ts';
import type { Content } from '../text/content.ts';
import { cutText, renderWithin } from '../text/fit.ts';
import { markdown, renderText } from '../text/format.ts';

/** Characters; GoAlert cuts longer texts: https://github.com/target/goalert/blob/master/alert/alert.go */
const limits = { summary: 1_024, details: 6 * 1_024 } as const;

export const goalert = httpChannel({
  type: 'goalert',
  secrets: { url: requiredSecretUrl("the URL of the service's integration key (Generic API), with `token`") },
  fields: {},
  messagesPerMinute: 60,
  groups: 'separate',
  errorOf: ({ status, text }: Answer): ServiceError | undefined =>
    status < 300 ? undefined : { text: /^[\w .:,-]{1,100}$/.test(text.trim()) ? text.trim() : undefined },
  connect: ({ url }) => ({
    send: (content, { call }) => {
      const { title, lead, isFiring, alertKey: dedup } = content;
      const format = { ...markdown, lineBreak: '  \n' }; // CommonMark joins lines unless they end with two spaces
      const render = (shorter: Content): string => renderText(shorter, { format, without: ['headline'] });
      const details = renderWithin(content, render, (text) => text.length <= limits.details);
      const summary = cutText(`${title}: ${lead}`, limits.summary);
      return call({ url: url.reveal(), json: { summary, details, dedup, ...(isFiring ? {} : { action: 'close' }) } });
    },
  }),
});
