/**
 * Node's http and https, obtained without an ESM import: importing `node:http` evaluates every export, and its
 * `WebSocket` loads undici (10 MiB). Types only are imported.
 */
import type Http from 'node:http';
import type Https from 'node:https';

export type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, Server, ServerResponse } from 'node:http';

export function nodeHttp(): typeof Http {
  return process.getBuiltinModule('node:http');
}

export function nodeHttps(): typeof Https {
  return process.getBuiltinModule('node:https');
}
