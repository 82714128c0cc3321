/** Calls Slack's Web API and classifies the responses. */
import type { ChannelOutcome } from '../../channel/channel.ts';
import { classifyStatus, post } from '../../channel/http-post.ts';
import type { Picture } from '../../chart/picture.ts';
import type { SlackBotSettings } from './settings.ts';

export type SlackCall = {
  readonly signal: AbortSignal;
} & (
  | {
      readonly method: 'chat.postMessage' | 'chat.update' | 'files.completeUploadExternal';
      readonly body: Readonly<Record<string, unknown>>;
    }
  | { readonly method: 'files.getUploadURLExternal'; readonly form: Readonly<Record<string, string>> }
);

/** `gone`: the message does not exist or cannot be changed any longer. */
export type SlackAnswer =
  | { readonly kind: 'ok'; readonly body: Readonly<Record<string, unknown>> }
  | { readonly kind: 'gone' }
  | Exclude<ChannelOutcome, { kind: 'ok' }>;

/** Transient errors. Source: the tables of errors at https://docs.slack.dev/reference/methods/chat.postMessage */
const transient: readonly string[] = [
  'ratelimited',
  'rate_limited',
  'message_limit_exceeded',
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
  'org_login_required',
];

/** Errors for a message that was deleted or is too old to change: https://docs.slack.dev/reference/methods/chat.update */
const gone: readonly string[] = [
  'message_not_found',
  'cant_update_message',
  'edit_window_closed',
  'thread_not_found',
  'invalid_thread_ts',
];

export interface SlackApi {
  call(call: SlackCall): Promise<SlackAnswer>;
}

export function createSlackApi({ apiUrl, token, timeoutMs }: SlackBotSettings, now: () => number): SlackApi {
  return {
    async call({ method, signal, ...call }) {
      const isForm = 'form' in call;
      const posted = await post({
        url: `${apiUrl}/${method}`,
        body: isForm ? new URLSearchParams(call.form).toString() : JSON.stringify(call.body),
        headers: {
          'Content-Type': isForm ? 'application/x-www-form-urlencoded' : 'application/json; charset=utf-8',
          Authorization: `Bearer ${token.reveal()}`,
        },
        timeoutMs,
        signal,
        now,
        answer: 'text',
      });
      if (posted.kind === 'retry') return posted;
      const outcome = classifyStatus(posted.status, posted.afterMs);
      return outcome.kind === 'ok' ? classifyBody(posted.text) : outcome;
    },
  };
}

/** Classifies the body of a response with status 200. Slack reports most errors with HTTP 200. */
function classifyBody(text: string): SlackAnswer {
  const body = tryParse(text);
  if (body === undefined) return { kind: 'retry', reason: 'HTTP 200 without JSON' };
  if (body['ok'] === true) return { kind: 'ok', body };
  const error = tryErrorName(body['error']);
  if (error === undefined) return { kind: 'retry', reason: 'HTTP 200 without ok or an error' };
  if (gone.includes(error)) return { kind: 'gone' };
  return { kind: transient.includes(error) ? 'retry' : 'drop', reason: `Slack: ${error}` };
}

function tryParse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // not a response of Slack; reported in the outcome
  }
}

/** Returns the text if it is an error name of Slack. Other text may repeat the request and is not logged. */
export function tryErrorName(text: unknown): string | undefined {
  return typeof text === 'string' && /^[a-z][a-z_]{1,63}$/.test(text.trim()) ? text.trim() : undefined;
}

export interface Upload {
  readonly picture: Picture;
  /** File name and heading. */
  readonly name: string;
  readonly title: string;
  /** Channel id and timestamp of the message. */
  readonly channel: string;
  readonly ts: string;
  readonly signal: AbortSignal;
}

export interface UploadOptions {
  readonly api: SlackApi;
  readonly settings: Pick<SlackBotSettings, 'apiUrl' | 'timeoutMs'>;
  readonly now: () => number;
}

/** Slack's limit for the alternative text. */
const maxAlt = 1_000;

/** Requests an upload URL, uploads the file and shares it in the thread. Returns a fault or undefined. Does not throw. */
export async function uploadPicture(upload: Upload, options: UploadOptions): Promise<string | undefined> {
  const { picture, name, title, channel, ts, signal } = upload;
  const { api, settings } = options;
  const form = { filename: name, length: String(picture.png.length), alt_txt: picture.alt.slice(0, maxAlt) };
  const place = await api.call({ method: 'files.getUploadURLExternal', form, signal });
  if (place.kind !== 'ok') return reasonOf(place);
  const { upload_url: url, file_id: id } = place.body;
  if (typeof url !== 'string' || typeof id !== 'string' || !isOwnUrl(url, settings.apiUrl))
    return 'Slack returned no upload URL on its own host';
  const failure = await sendFile(url, upload, options);
  if (failure !== undefined) return failure;
  const body = { files: [{ id, title }], channel_id: channel, thread_ts: ts };
  const shared = await api.call({ method: 'files.completeUploadExternal', body, signal });
  return shared.kind === 'ok' ? undefined : reasonOf(shared);
}

/** Needs no token: the URL is a secret. */
async function sendFile(
  url: string,
  { picture, signal }: Upload,
  { settings: { timeoutMs }, now }: UploadOptions,
): Promise<string | undefined> {
  const headers = { 'Content-Type': 'application/octet-stream' };
  const posted = await post({ url, body: picture.png, headers, timeoutMs, signal, now, answer: 'ignored' });
  const outcome = posted.kind === 'retry' ? posted : classifyStatus(posted.status, posted.afterMs);
  return outcome.kind === 'ok' ? undefined : `Slack did not accept the picture: ${outcome.reason}`;
}

/** Returns true for a URL of the API's host or of its subdomains, such as `files.slack.com`, with the same scheme and port. */
export function isOwnUrl(text: string, apiUrl: string): boolean {
  const [url, api] = [URL.parse(text), URL.parse(apiUrl)];
  if (url === null || api === null || url.protocol !== api.protocol) return false;
  return url.host === api.host || (url.port === api.port && url.hostname.endsWith(`.${api.hostname}`));
}

function reasonOf(answer: Exclude<SlackAnswer, { kind: 'ok' }>): string {
  const reason = answer.kind === 'gone' ? 'Slack: the message is gone' : answer.reason;
  if (reason !== 'Slack: missing_scope') return reason;
  return `${reason} (give the bot the scope files:write and install it again, or set picture: false)`;
}
