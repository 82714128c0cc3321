/** Headers that every answer carries, and what a page may load: only itself. */
import type { RequestHandler } from 'express';

const always = Object.entries({
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'Cache-Control': 'no-store',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  // Not no-referrer: browsers would then send forms of ours (log-in, log-out) with `Origin: null`, which the guard refuses.
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
});

/** Two years, as browsers' preload lists ask; only over TLS, where RFC 6797 allows it. */
const strictTransport = 'max-age=63072000';

export function secureHeaders(): RequestHandler {
  return (request, response, next) => {
    for (const [name, value] of always) response.setHeader(name, value);
    if (request.secure) response.setHeader('Strict-Transport-Security', strictTransport);
    next();
  };
}
