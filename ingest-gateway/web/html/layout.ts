/** The frame of server-rendered pages: title, style sheet, content security policy. */
import { createHash } from 'node:crypto';
import type { Response } from 'express';
import { addressOf } from '../../api/request-pipeline.ts';
import { type Html, html } from './html.ts';
import { style } from './style.ts';

export const stylePath = '/style.css';

/** The hash changes the URL with the content, so that browsers may cache the style sheet. */
const styleLink = `${stylePath}?v=${createHash('sha256').update(style).digest('hex').slice(0, 8)}`;

const policy = [
  "default-src 'none'",
  "style-src 'self'",
  'img-src data:',
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

export interface PageContent {
  readonly status: number;
  readonly title: string;
  readonly body: Html;
  /** Opens this path of the gateway after the given number of seconds. */
  readonly next?: { readonly path: string; readonly seconds: number };
}

export function sendPage(response: Response, { status, title, body, next }: PageContent): void {
  const refresh =
    next === undefined ? [] : [html`<meta http-equiv="refresh" content="${next.seconds};url=${next.path}">`];
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${refresh}
<title>${title}</title>
<link rel="stylesheet" href="${styleLink}">
<link rel="icon" href="data:,">
</head>
<body>
${body}
</body>
</html>
`;
  response
    .status(status)
    .set('Content-Security-Policy', policy)
    .type('text/html')
    .send(withBasePath(response, page.text));
}

/** Adds the base path to the links, forms and refreshes of a rendered page. Text in pages is escaped and has no quotes. */
function withBasePath(response: Response, page: string): string {
  return page.replaceAll(
    /((?:href|action)="|content="\d+;url=)\/(?!\/)/g,
    (_, start: string) => `${start}${addressOf(response, '/')}`,
  );
}
