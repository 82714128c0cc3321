/** The page for unknown URLs in a browser. Programs get a problem document. */
import type { RequestHandler } from 'express';
import { html } from './html/html.ts';
import { sendPage } from './html/layout.ts';

/** Paths of the API, which answers browsers and programs alike. */
const apiPath = /^\/(?:api|v1)(?:\/|$)/;

export function notFoundPage(): RequestHandler {
  return (request, response, next) => {
    const isReader = ['GET', 'HEAD'].includes(request.method) && request.accepts(['json', 'html']) === 'html';
    if (!isReader || apiPath.test(request.path)) return next();
    sendPage(response, {
      status: 404,
      title: 'Page not found - hostpulse',
      body: html`<main class="narrow"><h1>hostpulse</h1><section><h2>Page not found</h2><p>There is no page at <code>${request.path}</code>.</p><p><a href="/">Open the overview</a></p></section></main>`,
    });
  };
}
