/** Uploads a picture to a message's thread: https://docs.slack.dev/messaging/working-with-files#upload */

import { classifyStatus, post } from '../../channel/http-post.ts';
import type { Picture } from '../../chart/picture.ts';
import type { SlackAnswer, SlackApi } from './api.ts';
import type { SlackBotSettings } from './settings.ts';

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

/** True for the API's host and its subdomains, such as `files.slack.com`, with the same scheme and port. */
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
