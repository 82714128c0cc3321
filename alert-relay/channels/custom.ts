/** Any other service with an HTTP API: method, URL, headers and body come from the configuration, with fields of the alert. */
import { z } from 'zod';
import { Secret } from '../../common/program/settings/secret.ts';
import type { CallRequest, ServiceError } from '../channel/call.ts';
import { requiredSecret, requiredSecretUrl } from '../channel/channel-type.ts';
import { httpChannel } from '../channel/http-channel.ts';
import { type FieldValue, parseTemplate, type Template, type TemplateFormat } from '../text/template.ts';
import { isTemplateField, readTemplateField } from '../text/template-fields.ts';

const contentTypes = {
  json: 'application/json; charset=utf-8',
  form: 'application/x-www-form-urlencoded; charset=utf-8',
  xml: 'application/xml; charset=utf-8',
  text: 'text/plain; charset=utf-8',
} as const;

const headerName = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'a header name');
const headerValue = z.string().regex(/^[\x20-\x7e]*$/, 'ASCII text on one line');

export const custom = httpChannel({
  type: 'custom',
  secrets: {
    url: requiredSecretUrl('the URL; fields in path and query are percent-encoded'),
    body: requiredSecret('the template of the body; it may contain a token and is treated as a secret'),
  },
  fields: {
    method: z.enum(['POST', 'PUT', 'PATCH'], 'one of POST, PUT, PATCH').default('POST').describe('the HTTP method'),
    format: z
      .enum(['json', 'form', 'xml', 'text'], 'one of json, form, xml, text')
      .default('json')
      .describe('the format of the body: chooses how fields are escaped, and the `Content-Type`'),
    headers: z
      .record(headerName, headerValue, 'a map of names to texts')
      .default({})
      .transform((headers) =>
        Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, new Secret(value)])),
      )
      .describe('more headers, which may contain fields; the values are treated as secrets'),
    success_text: z
      .string()
      .min(1)
      .optional()
      .describe(
        'a text that the answer of a success contains, for services that answer 200 to errors; without it the message is retried',
      ),
  },
  messagesPerMinute: undefined,
  groups: 'separate',
  check({ url, body, format, headers }, fail) {
    const parts: readonly (readonly [string, Secret, TemplateFormat])[] = [
      ['url', url, 'url'],
      ['body', body, format],
      ...Object.entries(headers).map(([name, value]) => [`headers.${name}`, value, 'header'] as const),
    ];
    for (const [name, text, each] of parts) {
      const parsed = parseTemplate(text.reveal(), { format: each, isField: isTemplateField });
      if ('problem' in parsed) fail(name, `a template without faults (${parsed.problem})`);
    }
  },
  errorOf: (): ServiceError | undefined => undefined,
  connect({ url, body, method, format, headers, successText }) {
    const urlTemplate = compile(url, 'url');
    const bodyTemplate = compile(body, format);
    const headerTemplates = Object.entries(headers).map(([name, value]) => [name, compile(value, 'header')] as const);
    return {
      async send({ message }, { call }) {
        const values = (field: string): FieldValue =>
          message === undefined ? null : readTemplateField(message, field);
        const own = headerTemplates.map(([name, template]) => [name, template.render(values)]);
        const request: CallRequest = {
          url: urlTemplate.render(values),
          method,
          headers: { 'Content-Type': contentTypes[format], ...Object.fromEntries(own) },
          bytes: bodyTemplate.render(values),
        };
        const called = await call(request);
        if (called.kind !== 'ok' || successText === undefined || called.text.includes(successText)) return called;
        return { kind: 'retry', reason: 'the answer does not contain success_text' };
      },
    };
  },
});

/** The settings were checked: a fault here is a fault of this program. */
function compile(text: Secret, format: TemplateFormat): Template {
  const parsed = parseTemplate(text.reveal(), { format, isField: isTemplateField });
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed.template;
}
