/** For people: an address that is none, with the way home. Programs get the API's problem. */
import type { RequestHandler } from 'express';
import { html } from './html/html.ts';
import { sendPage } from './html/layout.ts';

/** The API's answers are the same whoever asks. */
const apiPath = /^\/(?:api|v1)(?:\/|$)/;

export function notFoundPage(): RequestHandler {
  return (request, response, next) => {
    const isReader = ['GET', 'HEAD'].includes(request.method) && request.accepts(['json', 'html']) === 'html';
    if (!isReader || apiPath.test(request.path)) return next();
    sendPage(response, {
      status: 404,
      title: 'hostpulse: no such page',
      body: html`<main class="narrow"><h1>hostpulse</h1><section><h2>There is no such page</h2><p>Nothing is served at <code>${request.path}</code>.</p><p><a href="/">To the overview</a></p></section></main>`,
    });
  };
}
