/** NAVER WORKS and LINE WORKS: a bot with a service account, or an incoming webhook. Source: https://developers.worksmobile.com/kr/docs/bot-api */
import { createPrivateKey } from 'node:crypto';
import { z } from 'zod';
import {
  type Answer,
  type Call,
  type Called,
  joinTexts,
  type ServiceError,
  secondsToMs,
  textOf,
} from '../channel/call.ts';
import { optionalSecret, optionalSecretUrl, webUrlFieldOr } from '../channel/channel-type.ts';
import { httpChannel } from '../channel/http-channel.ts';
import { type Content, headlineOf } from '../text/content.ts';
import { cutText, renderWithin } from '../text/fit.ts';
import { plainText, renderText } from '../text/format.ts';

/** Characters of a message: https://developers.worksmobile.com/kr/docs/bot-send-text */
const limits = { text: 2_000, title: 100 } as const;

const id = (help: string) =>
  z
    .union([z.string().min(1), z.int()], 'an id')
    .transform(String)
    .optional()
    .describe(help);

export const naverworks = httpChannel({
  type: 'naverworks',
  secrets: {
    webhook_url: optionalSecretUrl('the URL of an incoming webhook'),
    client_secret: optionalSecret('instead, for a bot: the client secret of the app'),
    private_key: optionalSecret("the private key of the app's service account (PEM)"),
  },
  fields: {
    client_id: id('the client id of the app'),
    service_account: id('the service account, such as `abc.serviceaccount@example.com`'),
    bot_id: id("the bot's id"),
    channel_id: id("the message room's id"),
    api_url: webUrlFieldOr('https://www.worksapis.com').describe('another server with the same API'),
    auth_url: webUrlFieldOr('https://auth.worksmobile.com').describe('another server for tokens'),
  },
  messagesPerMinute: 60,
  groups: 'together',
  check(settings, fail) {
    const { webhookUrl, privateKey } = settings;
    const given = botFields.filter((name) => settings[name] !== undefined);
    const wanted = 'webhook_url, or client_id, client_secret, service_account, private_key, bot_id and channel_id';
    if (webhookUrl !== undefined ? given.length > 0 : given.length < botFields.length) fail('webhook_url', wanted);
    else if (privateKey !== undefined && !isPrivateKey(privateKey.reveal()))
      fail('private_key', 'a private key in PEM');
  },
  errorOf,
  connect(settings, now) {
    const { webhookUrl, apiUrl, botId = '', channelId = '' } = settings;
    const token = createToken(settings, now);

    async function sendAsBot(content: Content, call: Call): Promise<Called> {
      const url = `${apiUrl}/v1.0/bots/${encodeURIComponent(botId)}/channels/${encodeURIComponent(channelId)}/messages`;
      const json = { content: { type: 'text', text: textWithin(content, []) } };
      const first = await token.fetch(call);
      if (first.kind !== 'ok') return first;
      const called = await call({ url, headers: { Authorization: `Bearer ${first.token}` }, json });
      if (called.kind !== 'drop' || !called.reason.startsWith('HTTP 401')) return called;
      token.forget(); // revoked before its end
      const second = await token.fetch(call);
      return second.kind === 'ok' ? call({ url, headers: { Authorization: `Bearer ${second.token}` }, json }) : second;
    }

    return {
      send: (content, { call }) => {
        if (webhookUrl === undefined) return sendAsBot(content, call);
        const [link] = content.links.filter(({ url }) => url.length <= 1_000);
        const message = {
          title: cutText(headlineOf(content), limits.title),
          body: { text: textWithin(content, ['headline']) },
        };
        const button = link === undefined ? {} : { button: { label: link.label, url: link.url } };
        return call({ url: webhookUrl.reveal(), json: { ...message, ...button } });
      },
    };
  },
});

const botFields = ['clientId', 'clientSecret', 'serviceAccount', 'privateKey', 'botId', 'channelId'] as const;

function textWithin(content: Content, without: readonly 'headline'[]): string {
  const render = (shorter: Content): string => renderText(shorter, { format: plainText, without });
  return renderWithin(content, render, (text) => text.length <= limits.text);
}

function isPrivateKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false; // reported as a fault of the setting
  }
}

interface TokenSettings extends Readonly<Partial<Record<'clientId' | 'serviceAccount', string | undefined>>> {
  readonly authUrl: string;
  readonly clientSecret: { reveal(): string } | undefined;
  readonly privateKey: { reveal(): string } | undefined;
}

type Token = { readonly kind: 'ok'; readonly token: string } | Exclude<Called, { kind: 'ok' }>;

/** A new token is requested this long before the end of the old one. */
const marginMs = 10 * 60_000;

/** Caches the access token, which is valid for a day: https://developers.worksmobile.com/kr/docs/auth-jwt */
function createToken(
  { authUrl, clientId = '', clientSecret, serviceAccount = '', privateKey }: TokenSettings,
  now: () => number,
) {
  let cached: { readonly token: string; readonly endMs: number } | undefined;

  async function assertion(): Promise<string> {
    const { importPKCS8, SignJWT } = await import('jose'); // only relays with such a channel load it
    const seconds = Math.floor(now() / 1_000);
    return new SignJWT({})
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
      .setIssuer(clientId)
      .setSubject(serviceAccount)
      .setIssuedAt(seconds)
      .setExpirationTime(seconds + 3_600)
      .sign(await importPKCS8(privateKey?.reveal() ?? '', 'RS256'));
  }

  return {
    async fetch(call: Call): Promise<Token> {
      if (cached !== undefined && now() < cached.endMs) return { kind: 'ok', token: cached.token };
      const form = {
        assertion: await assertion(),
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        client_id: clientId,
        client_secret: clientSecret?.reveal() ?? '',
        scope: 'bot',
      };
      const called = await call({ url: `${authUrl}/oauth2/v2.0/token`, form });
      if (called.kind !== 'ok') return called;
      const token = textOf(called.body['access_token']);
      if (token === undefined) return { kind: 'retry', reason: 'the answer of the token request contains no token' };
      cached = { token, endMs: now() + (secondsToMs(called.body['expires_in']) ?? 0) - marginMs };
      return { kind: 'ok', token };
    },
    forget(): void {
      cached = undefined;
    },
  };
}

/** `{"code":"UNAUTHORIZED","description":"..."}`, from the token's server `{"error":"invalid_client","error_description":"..."}` */
function errorOf({ body, status }: Answer): ServiceError | undefined {
  const code = body['code'] ?? body['error'];
  if (status < 300 && (code === undefined || code === 200)) return undefined;
  const text = joinTexts(code, body['description'] ?? body['error_description']);
  return { text, ...(status < 300 && { verdict: 'drop' }) };
}
