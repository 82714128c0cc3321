/** Security headers of every answer. */
import type { RequestHandler } from 'express';

const always = Object.entries({
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'Cache-Control': 'no-store',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  // Under no-referrer, browsers would send the login form with `Origin: null`, which the request guard refuses.
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
});

/** Two years, as required by preload lists. Sent over TLS only, as RFC 6797 demands. */
const strictTransport = 'max-age=63072000';

export function secureHeaders(): RequestHandler {
  return (request, response, next) => {
    for (const [name, value] of always) response.setHeader(name, value);
    if (request.secure) response.setHeader('Strict-Transport-Security', strictTransport);
    next();
  };
}
