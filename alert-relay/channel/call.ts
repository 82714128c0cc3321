/** Calls the HTTP API of a service once and classifies its answer. Reasons quote the service, but never a secret. */
import { randomUUID } from 'node:crypto';
import { Secret } from '../../common/program/settings/secret.ts';
import { cutText } from '../text/fit.ts';
import { oneLine } from '../text/text.ts';
import { classifyStatus, type Posting, post } from './http-post.ts';

/** A file of a multipart request. */
export interface FilePart {
  /** The name of the form field. */
  readonly field: string;
  readonly fileName: string;
  readonly contentType: string;
  readonly content: Buffer;
}

/** The body is JSON, a form (with a file: multipart), or bytes with the content type of `headers`. */
export type CallRequest = {
  readonly url: string;
  readonly method?: 'POST' | 'PUT' | 'PATCH';
  readonly headers?: Readonly<Record<string, string>>;
} & (
  | { readonly json: unknown }
  | { readonly form: Readonly<Record<string, string>>; readonly file?: FilePart }
  | { readonly bytes: Buffer | string }
);

export type Json = Readonly<Record<string, unknown>>;

/** An answer of the service. */
export interface Answer {
  readonly status: number;
  /** The JSON object in the answer; empty if there is none. */
  readonly body: Json;
  readonly text: string;
  readonly header: (name: string) => string | undefined;
}

/** An error that the service reports in its own form. Fields that are absent follow from the HTTP status. */
export interface ServiceError {
  /** Shown to the operator. Left out if it repeats a secret. */
  readonly text?: string | undefined;
  /** `ok`: no error, such as a repeated change without effect. `gone`: the message to change does not exist any longer. */
  readonly verdict?: 'ok' | 'retry' | 'drop' | 'gone' | undefined;
  /** The rate limit in the service's own form, in milliseconds. */
  readonly afterMs?: number | undefined;
}

/** `body` is the JSON object in the answer; absent if there was no answer. */
export type Called =
  | { readonly kind: 'ok'; readonly body: Json; readonly text: string }
  | { readonly kind: 'gone' | 'drop'; readonly reason: string; readonly body: Json }
  | { readonly kind: 'retry'; readonly reason: string; readonly afterMs?: number };

export type Call = (request: CallRequest) => Promise<Called>;

/** `nowMs` is the time of the answer, for services that give the end of a limit as a time. */
export type ErrorOf = (answer: Answer, nowMs: number) => ServiceError | undefined;

export interface CallOptions extends Pick<Posting, 'timeoutMs' | 'signal' | 'now'> {
  /** The channel's settings. Their secrets do not appear in reasons. */
  readonly settings: object;
  /** Returns the error in an answer. An answer of 2xx without an error is a success. */
  readonly errorOf: ErrorOf;
}

/** Returns a function that makes one request. Never throws and never retries. */
export function createCall({ settings, errorOf, ...options }: CallOptions): Call {
  return async (request) => {
    const { url, method = 'POST' } = request;
    const { content, contentType } = encode(request);
    const headers = { ...(contentType === undefined ? {} : { 'Content-Type': contentType }), ...request.headers };
    const posted = await post({ ...options, url, method, body: content, headers, answer: 'text' });
    if (posted.kind === 'retry') return posted;
    const { status, text, header } = posted;
    const answer: Answer = { status, text, body: parseObject(text), header };
    const byStatus = classifyStatus(status, posted.afterMs);
    const error = errorOf(answer, options.now());
    const { body } = answer;
    if (error?.verdict === 'ok' || (byStatus.kind === 'ok' && error === undefined)) return { kind: 'ok', body, text };
    const quoted = quoteWithout([...secretsOf(settings), ...secretsOfHeaders(request.headers)], error?.text);
    const base = byStatus.kind === 'ok' ? `HTTP ${status}` : byStatus.reason;
    const reason = quoted === undefined ? base : `${base}: ${quoted}`;
    const kind = error?.verdict ?? (byStatus.kind === 'ok' ? 'retry' : byStatus.kind);
    if (kind !== 'retry') return { kind, reason, body };
    const afterMs = error?.afterMs ?? posted.afterMs;
    return afterMs === undefined ? { kind, reason } : { kind, reason, afterMs };
  };
}

/** Returns a text that is not empty, or undefined for anything else. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Joins the texts and numbers among the values with colons. Returns undefined if there are none. */
export function joinTexts(...values: readonly unknown[]): string | undefined {
  const texts = values.filter((value) => typeof value === 'number' || textOf(value) !== undefined);
  return texts.length === 0 ? undefined : texts.map(String).join(': ');
}

/** Converts a number of seconds, which may have a fraction, to milliseconds. Returns undefined for anything else. */
export function secondsToMs(value: unknown): number | undefined {
  const seconds = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof seconds === 'number' && Number.isFinite(seconds) && seconds >= 0
    ? Math.ceil(seconds * 1_000)
    : undefined;
}

/** Returns the object member of a JSON object; empty if it is not an object. */
export function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function parseObject(text: string): Json {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return {}; // many services answer successes with a text or nothing
  }
}

function encode(request: CallRequest): { readonly content: string | Buffer; readonly contentType: string | undefined } {
  if ('json' in request)
    return { content: JSON.stringify(request.json), contentType: 'application/json; charset=utf-8' };
  if ('bytes' in request) return { content: request.bytes, contentType: undefined };
  if (request.file !== undefined) return encodeMultipart(request.form, request.file);
  return {
    content: new URLSearchParams(request.form).toString(),
    contentType: 'application/x-www-form-urlencoded; charset=utf-8',
  };
}

/** RFC 7578. Field names and file names come from this program and need no escaping. */
function encodeMultipart(form: Readonly<Record<string, string>>, file: FilePart) {
  const boundary = `hostpulse-${randomUUID()}`;
  const fields = Object.entries(form).map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const { field, fileName, contentType, content } = file;
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="${field}"; filename="${fileName}"\r\nContent-Type: ${contentType}\r\n\r\n`;
  return {
    content: Buffer.concat([Buffer.from(fields.join('') + head), content, Buffer.from(`\r\n--${boundary}--\r\n`)]),
    contentType: `multipart/form-data; boundary=${boundary}`,
  };
}

/** Returns the secrets of the settings and their parts, such as the token in a URL. */
function secretsOf(settings: object): readonly string[] {
  return Object.values(settings).flatMap((value: unknown) => {
    if (!(value instanceof Secret)) return typeof value === 'object' && value !== null ? secretsOf(value) : [];
    const text = value.reveal().toWellFormed();
    const url = URL.parse(text);
    const parts =
      url === null ? text.split(/[\s:/]+/) : [...url.pathname.split('/'), ...url.searchParams.values(), url.password];
    return [text, ...parts.filter(isTokenLike)];
  });
}

/** Credentials can also be made from the settings: Basic authentication, tokens of a login. */
function secretsOfHeaders(headers: Readonly<Record<string, string>> = {}): readonly string[] {
  return Object.values(headers).flatMap((value) => value.split(' ').filter(isTokenLike));
}

/** Words of a path, such as `webhook`, are no secrets: errors of services contain them. */
function isTokenLike(part: string): boolean {
  return part.length >= 20 || (part.length >= 6 && /[\dA-Z]/.test(part));
}

/** Returns the service's text on one line, or undefined if there is none or if it repeats a secret. */
function quoteWithout(secrets: readonly string[], text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const shown = cutText(oneLine(text), 200);
  const isUnsafe = secrets.some((secret) =>
    [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64').replace(/=+$/, '')].some((form) =>
      text.includes(form),
    ),
  );
  return shown === '' || isUnsafe ? undefined : shown;
}
