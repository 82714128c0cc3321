/** Runs a Slack server for tests: an incoming webhook, and the Web API with Slack's limits, rate limit and errors. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { trySlackFault } from './slack-rules.ts';
import { createUploads, type SlackFile } from './slack-uploads.ts';

export interface SlackMessage {
  readonly ts: string;
  readonly threadTs: string | undefined;
  readonly isLoud: boolean;
  readonly text: string;
  readonly blocks: unknown;
  /** Number of updates. */
  readonly edits: number;
}

export interface SlackSink {
  readonly webhookUrl: string;
  readonly apiUrl: string;
  readonly token: string;
  /** Returns the channel's messages and replies in their current state, oldest first. */
  messages(): readonly SlackMessage[];
  /** Returns the uploaded and shared files, in order. */
  files(): readonly SlackFile[];
  /** Sets the scopes of the bot token. Default: the scopes that docs/relay.md requires. */
  grant(scopes: readonly SlackScope[]): void;
  remove(ts: string): void;
  /** Sets the following answers. Undefined: answers as Slack does. */
  answerWith(answer: SlackFailure | undefined): void;
  /** Limits the messages in a second. Slack's documented limit is 1. */
  limitTo(perSecond: number): void;
  stop(): Promise<void>;
}

export interface SlackFailure {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

export type SlackScope = 'chat:write' | 'files:write';

const token = 'xoxb-s3cret-token';
const channelId = 'C024BE91L';
const channelName = '#alerts';
const webhookPath = '/services/T0/B0/s3cret-path';

type Body = Readonly<Record<string, unknown>>;

export async function startSlackSink(): Promise<SlackSink> {
  const stored: SlackMessage[] = [];
  const uploads = createUploads(() => origin);
  let scopes: readonly SlackScope[] = ['chat:write', 'files:write'];
  let failure: SlackFailure | undefined;
  let perSecond = Number.POSITIVE_INFINITY;
  let windowMs = 0;
  let inWindow = 0;
  let lastTs = 1_772_366_400;

  function isTooFast(): boolean {
    const nowMs = Date.now();
    if (nowMs - windowMs >= 1_000) [windowMs, inWindow] = [nowMs, 0];
    inWindow += 1;
    return inWindow > perSecond;
  }

  function keep(body: Body): string {
    lastTs += 1;
    const ts = `${lastTs}.000100`;
    const threadTs = typeof body['thread_ts'] === 'string' ? body['thread_ts'] : undefined;
    const isLoud = body['reply_broadcast'] === true;
    stored.push({ ts, threadTs, isLoud, text: String(body['text']), blocks: body['blocks'], edits: 0 });
    return ts;
  }

  function answerWebhook(body: Body): Answer {
    const fault = trySlackFault(body);
    if (fault !== undefined) return { status: 400, body: fault };
    if (isTooFast()) return { status: 429, headers: { 'Retry-After': '1' }, body: 'rate_limited' };
    keep(body);
    return { status: 200, body: 'ok' };
  }

  function answerApi(method: string, authorization: string | undefined, body: Body): Answer {
    const refuse = (error: string): Answer => ({ status: 200, body: JSON.stringify({ ok: false, error }) });
    if (authorization !== `Bearer ${token}`) return refuse('invalid_auth');
    if (!scopes.includes(method.startsWith('files.') ? 'files:write' : 'chat:write')) return refuse('missing_scope');
    if (method.startsWith('files.')) {
      const answer = uploads.answer(method, body, (place) => {
        if (place.channel !== channelId) return 'channel_not_found';
        const root = stored.find(({ ts }) => ts === place.ts);
        return root === undefined || root.threadTs !== undefined ? 'invalid_thread_ts' : undefined;
      });
      return 'error' in answer
        ? refuse(answer.error)
        : { status: 200, body: JSON.stringify({ ok: true, ...answer.body }) };
    }
    const { channel } = body;
    const fault = trySlackFault(body);
    if (fault !== undefined) return refuse(fault);
    if (method === 'chat.postMessage') {
      if (channel !== channelId && channel !== channelName) return refuse('channel_not_found');
      const root = body['thread_ts'];
      if (root !== undefined && !stored.some(({ ts }) => ts === root)) return refuse('thread_not_found');
      if (isTooFast())
        return { status: 429, headers: { 'Retry-After': '1' }, body: '{"ok":false,"error":"ratelimited"}' };
      return { status: 200, body: JSON.stringify({ ok: true, channel: channelId, ts: keep(body), message: body }) };
    }
    if (method !== 'chat.update') return refuse('unknown_method');
    if (channel !== channelId) return refuse('channel_not_found'); // only chat.postMessage accepts names
    const at = stored.findIndex(({ ts }) => ts === body['ts']);
    const old = stored[at];
    if (old === undefined) return refuse('message_not_found');
    stored[at] = { ...old, text: String(body['text']), blocks: body['blocks'], edits: old.edits + 1 };
    return { status: 200, body: JSON.stringify({ ok: true, channel: channelId, ts: old.ts }) };
  }

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const path = request.url ?? '';
      const content = Buffer.concat(chunks);
      const parsed = tryParse(request.headers['content-type'] ?? '', content.toString(), path);
      const answer: Answer =
        failure ??
        uploads.take(path, content) ??
        (parsed === undefined
          ? { status: 400, body: 'invalid_payload' }
          : path === webhookPath
            ? answerWebhook(parsed)
            : path.startsWith('/api/')
              ? answerApi(path.slice('/api/'.length), request.headers.authorization, parsed)
              : { status: 404, body: 'no_service' });
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    webhookUrl: `${origin}${webhookPath}`,
    apiUrl: `${origin}/api`,
    token,
    messages: () => [...stored],
    files: () => uploads.shared(),
    grant(next) {
      scopes = next;
    },
    remove(ts) {
      stored.splice(
        stored.findIndex((each) => each.ts === ts),
        1,
      );
    },
    answerWith(next) {
      failure = next;
    },
    limitTo(next) {
      perSecond = next;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Parses a form (Web API only) or JSON. */
function tryParse(contentType: string, text: string, path: string): Body | undefined {
  const isForm = contentType.startsWith('application/x-www-form-urlencoded') && path.startsWith('/api/');
  if (isForm) return Object.fromEntries(new URLSearchParams(text));
  if (!contentType.startsWith('application/json')) return undefined;
  try {
    return JSON.parse(text) as Body;
  } catch {
    return undefined; // answered as invalid_payload
  }
}
