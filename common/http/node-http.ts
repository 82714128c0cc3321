/**
 * Loads Node's http and https without an ESM import: an import evaluates every export, and the export `WebSocket` loads
 * undici (10 MiB). Only types are imported.
 */
import type Http from 'node:http';
import type Https from 'node:https';

export type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, Server, ServerResponse } from 'node:http';

/** Options of every server. Node's limit of 16 KiB for the headers of a request is below what proxies add; Go's is 1 MiB. */
export const serverOptions = { maxHeaderSize: 128 * 1024 } as const;

export function nodeHttp(): typeof Http {
  return process.getBuiltinModule('node:http');
}

export function nodeHttps(): typeof Https {
  return process.getBuiltinModule('node:https');
}
