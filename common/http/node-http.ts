/**
 * Loads Node's http and https without an ESM import: an import evaluates every export, and the export `WebSocket` loads
 * undici (10 MiB). Only types are imported.
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
