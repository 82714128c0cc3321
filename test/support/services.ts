/**
 * The services that channels send to, each with the limits and errors that its vendor documents. The file of the channel in
 * alert-relay/channels/ names the documents.
 */
import { createHmac, generateKeyPairSync } from 'node:crypto';
import type { ServiceAnswer, ServiceRequest } from './service-sink.ts';

export interface Service {
  /** Settings in the spelling of the config file, of a channel that sends to this URL. */
  settings(url: string): Readonly<Record<string, unknown>>;
  /** Must not occur in reasons. */
  readonly secrets: readonly string[];
  /** Answers a request: checks credentials and limits, and accepts it. Holds the messages of one test. */
  create(): (request: ServiceRequest) => ServiceAnswer;
  /** Whether messages are changed, so that a resolution needs the receipt of the firing. */
  readonly isLive?: true;
}

type Tree = Readonly<Record<string, unknown>>;

const tree = (value: unknown): Tree => (typeof value === 'object' && value !== null ? (value as Tree) : {});
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const json = (status: number, body: unknown): ServiceAnswer => ({ status, body });
const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** Returns all texts in a tree. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

/** Returns whether the text has only these tags, balanced, and no other `<`. */
function isHtml(html: string, tags: readonly string[]): boolean {
  const open: string[] = [];
  for (const [tag, slash, name = ''] of html.matchAll(/<(\/?)([a-z]+)(?: href="[^"<>]*")?>|<|>/g)) {
    if (tag === '<' || tag === '>' || !tags.includes(name)) return false;
    if (name === 'br') continue;
    if (slash === '') open.push(name);
    else if (open.pop() !== name) return false;
  }
  return open.length === 0;
}

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const privatePem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

export const services: Readonly<Record<string, Service>> = {
  telegram: {
    isLive: true,
    settings: (url) => ({ type: 'telegram', token: '110201543:AAHs3cret', chat_id: -1001, api_url: url }),
    secrets: ['AAHs3cret'],
    create() {
      let last = 0;
      const fail = (status: number, description: string) =>
        json(status, { ok: false, error_code: status, description });
      return ({ url, json: body, form, files }) => {
        const [, token = '', method = ''] = /^\/bot([^/]+)\/(\w+)$/.exec(url.pathname) ?? [];
        if (token !== '110201543:AAHs3cret') return fail(401, 'Unauthorized');
        const result = (id: number) => json(200, { ok: true, result: { message_id: id, chat: { id: -1001 } } });
        if (method === 'sendPhoto') {
          if (files.length !== 1 || (form['caption'] ?? '').length > 1_024)
            return fail(400, 'Bad Request: wrong photo');
          return result((last += 1));
        }
        const { text: html, message_id: id, parse_mode: mode, chat_id: chat } = tree(body);
        if (String(chat) !== '-1001') return fail(400, 'Bad Request: chat not found');
        if (text(html) === '') return fail(400, 'Bad Request: message text is empty');
        if (text(html).length > 4_096) return fail(400, 'Bad Request: message is too long');
        if (mode === 'HTML' && !isHtml(text(html), ['a', 'b'])) return fail(400, "Bad Request: can't parse entities");
        if (method === 'sendMessage') return result((last += 1));
        if (method !== 'editMessageText') return fail(404, 'Not Found');
        return typeof id === 'number' && id <= last ? result(id) : fail(400, 'Bad Request: message to edit not found');
      };
    },
  },
  discord: {
    isLive: true,
    settings: (url) => ({ type: 'discord', webhook_url: `${url}/api/webhooks/123/s3cret-token` }),
    secrets: ['s3cret-token'],
    create() {
      let last = 0;
      return ({ method, url, json: body, form, files }) => {
        const [, token, path = ''] = /^\/api\/webhooks\/123\/([^/]+)(.*)$/.exec(url.pathname) ?? [];
        if (token !== 's3cret-token') return json(404, { message: 'Unknown Webhook', code: 10_015 });
        const {
          content = '',
          embeds = [],
          allowed_mentions: mentions,
        } = tree(form['payload_json'] === undefined ? body : JSON.parse(form['payload_json']));
        const invalid = json(400, { message: 'Invalid Form Body', code: 50_035 });
        if (text(content).length > 2_000 || list(embeds).length > 10) return invalid;
        if (files.length === 0 && JSON.stringify(mentions) !== '{"parse":[]}') return invalid;
        let total = 0;
        for (const embed of list(embeds)) {
          const { title, description, fields } = tree(embed);
          if (text(title).length > 256 || text(description).length > 4_096 || list(fields).length > 25) return invalid;
          for (const { name, value } of list(fields).map(tree))
            if (
              text(name).length === 0 ||
              text(name).length > 256 ||
              text(value).length === 0 ||
              text(value).length > 1_024
            )
              return invalid;
          total += textsIn({ title, description, fields }).join('').length;
        }
        if (total > 6_000) return invalid;
        if (method === 'POST')
          return url.searchParams.get('wait') === 'true' ? json(200, { id: String((last += 1)) }) : { status: 204 };
        const id = Number(/^\/messages\/(\d+)$/.exec(path)?.[1]);
        return id <= last ? json(200, { id: String(id) }) : json(404, { message: 'Unknown Message', code: 10_008 });
      };
    },
  },
  teams: {
    settings: (url) => ({
      type: 'teams',
      webhook_url: `${url}/workflows/1/triggers/manual/paths/invoke?sig=s3cretsig`,
    }),
    secrets: ['s3cretsig'],
    create:
      () =>
      ({ url, body, json: message }) => {
        if (url.searchParams.get('sig') !== 's3cretsig')
          return json(401, {
            error: { code: 'DirectApiAuthorizationRequired', message: 'The request must be authenticated.' },
          });
        if (body.length > 28 * 1_024)
          return json(413, { error: { code: 'RequestEntityTooLarge', message: 'Request entity too large' } });
        const [attachment] = list(tree(message)['attachments']).map(tree);
        const { type, version, body: blocks, actions } = tree(attachment?.['content']);
        const isCard =
          attachment?.['contentType'] === 'application/vnd.microsoft.card.adaptive' && type === 'AdaptiveCard';
        const isValid =
          isCard &&
          version === '1.4' &&
          list(blocks).length > 0 &&
          list(actions).every((each) => tree(each)['type'] === 'Action.OpenUrl');
        return isValid ? { status: 202 } : json(400, { error: { code: 'BadRequest', message: 'no card' } });
      },
  },
  mattermost: {
    settings: (url) => ({ type: 'mattermost', webhook_url: `${url}/hooks/s3crethook`, channel: 'ops' }),
    secrets: ['s3crethook'],
    create:
      () =>
      ({ url, json: message, body }) => {
        const fail = (status: number, id: string) =>
          json(status, { id, message: `Refused: ${id}`, detailed_error: '', status_code: status });
        if (url.pathname !== '/hooks/s3crethook') return fail(400, 'web.incoming_webhook.invalid.app_error');
        if (body.toString().length > 16_600) return fail(413, 'api.context.request_body_too_large.app_error');
        if (/@(?:channel|all|here)/.test(textsIn(message).join(' '))) return fail(400, 'mention');
        return { status: 200, body: 'ok' };
      },
  },
  rocketchat: {
    settings: (url) => ({ type: 'rocketchat', webhook_url: `${url}/hooks/5a/s3crethook` }),
    secrets: ['s3crethook'],
    create:
      () =>
      ({ url, json: message, body }) => {
        if (url.pathname !== '/hooks/5a/s3crethook')
          return json(404, { success: false, error: 'Invalid integration id or token provided.' });
        if (body.toString().length > 5_000)
          return json(400, { success: false, error: 'Message size exceeds Message_MaxAllowedSize' });
        if (/@(?:channel|all|here)/.test(textsIn(message).join(' ')))
          return json(400, { success: false, error: 'mention' });
        return json(200, { success: true });
      },
  },
  googlechat: {
    settings: (url) => ({
      type: 'googlechat',
      webhook_url: `${url}/v1/spaces/AAA/messages?key=k3y-public&token=s3crettoken`,
    }),
    secrets: ['s3crettoken'],
    create:
      () =>
      ({ url, json: message, body }) => {
        const fail = (code: number, status: string) =>
          json(code, { error: { code, message: `Refused: ${status}`, status } });
        if (url.searchParams.get('token') !== 's3crettoken') return fail(401, 'UNAUTHENTICATED');
        if (body.length > 32_000) return fail(400, 'INVALID_ARGUMENT');
        const { text: raw, thread, cardsV2 } = tree(message);
        if (raw !== undefined || list(cardsV2).length !== 1) return fail(400, 'INVALID_ARGUMENT');
        const [section] = list(tree(tree(tree(list(cardsV2)[0])['card'])['sections'])).map(tree);
        const widgets = list(section?.['widgets']).map(tree);
        const shown = widgets.map(
          (each) => text(tree(each['textParagraph'])['text']) + text(tree(each['decoratedText'])['text']),
        );
        if (widgets.length === 0 || !shown.every((each) => isHtml(each, ['a', 'b', 'br'])))
          return fail(400, 'INVALID_ARGUMENT');
        return json(200, { name: 'spaces/AAA/messages/1', thread });
      },
  },
  ntfy: {
    settings: (url) => ({ type: 'ntfy', url, topic: 'alerts', token: 'tk_s3cret' }),
    secrets: ['tk_s3cret'],
    create:
      () =>
      ({ method, url, headers, json: message, body }) => {
        if (headers.authorization !== 'Bearer tk_s3cret')
          return json(401, { code: 40_101, http: 401, error: 'unauthorized' });
        if (method === 'PUT') {
          const isFile = url.pathname === '/alerts' && /^[\w.-]+\.png$/.test(String(headers['filename']));
          return isFile && body.length <= 15 * 2 ** 20
            ? json(200, { id: 'b' })
            : json(413, { code: 41_301, http: 413, error: 'attachment too large' });
        }
        const { topic, message: shown, priority, actions } = tree(message);
        const isValid =
          url.pathname === '/' &&
          topic === 'alerts' &&
          [1, 2, 3, 4, 5].includes(Number(priority)) &&
          list(actions).length <= 3;
        if (!isValid || text(shown) === '')
          return json(400, { code: 40_024, http: 400, error: 'invalid request: body must be JSON' });
        // The server turns a longer message into an attachment, which is not readable as a notification.
        return Buffer.byteLength(text(shown)) > 4_096
          ? json(413, { code: 41_301, http: 413, error: 'message too large' })
          : json(200, { id: 'a', event: 'message' });
      },
  },
  gotify: {
    settings: (url) => ({ type: 'gotify', url, token: 'As3crettoken' }),
    secrets: ['As3crettoken'],
    create:
      () =>
      ({ url, headers, json: message }) => {
        const fail = (code: number, error: string) =>
          json(code, { error, errorCode: code, errorDescription: `${error}!` });
        if (headers['x-gotify-key'] !== 'As3crettoken') return fail(401, 'Unauthorized');
        const { title, message: shown, priority } = tree(message);
        const isValid =
          url.pathname === '/message' && text(title) !== '' && text(shown) !== '' && Number.isInteger(priority);
        return isValid ? json(200, { id: 25, appid: 5 }) : fail(400, 'Bad Request');
      },
  },
  pushover: {
    settings: (url) => ({
      type: 'pushover',
      token: 'as3crettoken',
      user_key: 'us3cretkey',
      emergency: true,
      api_url: url,
    }),
    secrets: ['as3crettoken', 'us3cretkey'],
    create:
      () =>
      ({ url, form, files }) => {
        const fail = (error: string) => json(400, { status: 0, errors: [error], request: '5042' });
        if (form['token'] !== 'as3crettoken') return fail('application token is invalid');
        if (/^\/1\/receipts\/r1\/cancel\.json$/.test(url.pathname)) return json(200, { status: 1 });
        if (url.pathname !== '/1/messages.json' || form['user'] !== 'us3cretkey')
          return fail('user identifier is invalid');
        const { message = '', title = '', url: link = '', priority, retry, expire } = form;
        if (message === '' || message.length > 1_024) return fail('message is too long');
        if (title.length > 250 || link.length > 512 || files.length > 1) return fail('title or url is too long');
        if (!isHtml(message, ['a', 'b'])) return fail('message is no HTML');
        if (priority !== '2') return json(200, { status: 1, request: '647d' });
        const isTimed = Number(retry) >= 30 && Number(expire) <= 10_800;
        return isTimed ? json(200, { status: 1, request: '647d', receipt: 'r1' }) : fail('retry or expire is invalid');
      },
  },
  pagerduty: {
    settings: (url) => ({ type: 'pagerduty', routing_key: 's3cretroutingkey0000000000000000', api_url: url }),
    secrets: ['s3cretroutingkey0000000000000000'],
    create:
      () =>
      ({ url, json: event, body }) => {
        const fail = (error: string) =>
          json(400, { status: 'invalid event', message: 'Event object is invalid', errors: [error] });
        const { routing_key: key, event_action: action, dedup_key: dedup, payload } = tree(event);
        if (url.pathname !== '/v2/enqueue' || key !== 's3cretroutingkey0000000000000000')
          return fail('Invalid routing key');
        if (body.length > 512 * 1_024) return fail('Event is too large');
        if (text(dedup) === '' || text(dedup).length > 255) return fail("'dedup_key' is invalid");
        if (action === 'resolve' || action === 'acknowledge')
          return json(202, { status: 'success', message: 'Event processed', dedup_key: dedup });
        const { summary, source, severity } = tree(payload);
        if (action !== 'trigger' || text(summary) === '' || text(summary).length > 1_024 || text(source) === '')
          return fail("'payload' is invalid");
        if (!['critical', 'error', 'warning', 'info'].includes(text(severity)))
          return fail("'payload.severity' is invalid");
        return json(202, { status: 'success', message: 'Event processed', dedup_key: dedup });
      },
  },
  opsgenie: {
    settings: (url) => ({
      type: 'opsgenie',
      api_key: 's3cret-genie-key',
      api_url: url,
      team: 'Ops',
      tags: ['hostpulse'],
    }),
    secrets: ['s3cret-genie-key'],
    create:
      () =>
      ({ url, headers, json: alert }) => {
        if (headers.authorization !== 'GenieKey s3cret-genie-key')
          return json(401, { message: 'Could not authenticate', took: 0.01, requestId: 'r' });
        const { message, alias, description, details, entity, tags, priority } = tree(alert);
        const fail = (field: string) =>
          json(422, { message: `Request body is not processable. ${field}`, took: 0.01, requestId: 'r' });
        if (/^\/v2\/alerts\/[^/]+\/(?:close|acknowledge|unacknowledge)$/.test(url.pathname))
          return url.searchParams.get('identifierType') === 'alias'
            ? json(202, { result: 'Request will be processed' })
            : fail('identifierType');
        if (url.pathname !== '/v2/alerts' || text(message) === '' || text(message).length > 130) return fail('message');
        if (text(alias) === '' || text(alias).length > 512 || text(description).length > 15_000)
          return fail('description');
        if (bytes(details) > 8_000 || text(entity).length > 512 || list(tags).length > 20) return fail('details');
        return /^P[1-5]$/.test(text(priority))
          ? json(202, { result: 'Request will be processed', requestId: 'r' })
          : fail('priority');
      },
  },
  goalert: {
    settings: (url) => ({ type: 'goalert', url: `${url}/api/v2/generic/incoming?token=s3cret-uuid` }),
    secrets: ['s3cret-uuid'],
    create:
      () =>
      ({ url, json: alert }) => {
        if (url.searchParams.get('token') !== 's3cret-uuid') return { status: 401, body: 'unauthorized\n' };
        const { summary, details, dedup, action } = tree(alert);
        const isValid =
          text(summary) !== '' && text(summary).length <= 1_024 && text(details).length <= 6_144 && text(dedup) !== '';
        return isValid && [undefined, 'close'].includes(action as string | undefined)
          ? { status: 204 }
          : { status: 400, body: 'bad request\n' };
      },
  },
  matrix: {
    isLive: true,
    settings: (url) => ({ type: 'matrix', url, room_id: '!abc:example.com', access_token: 'syt_s3cret' }),
    secrets: ['syt_s3cret'],
    create() {
      const events = new Map<string, string>();
      const fail = (status: number, errcode: string) => json(status, { errcode, error: `Refused: ${errcode}` });
      return ({ method, url, headers, json: event, body }) => {
        if (headers.authorization !== 'Bearer syt_s3cret') return fail(401, 'M_UNKNOWN_TOKEN');
        if (url.pathname === '/_matrix/media/v3/upload') return json(200, { content_uri: 'mxc://example.com/p' });
        const [, room, transaction = ''] =
          /^\/_matrix\/client\/v3\/rooms\/([^/]+)\/send\/m\.room\.message\/([^/]+)$/.exec(url.pathname) ?? [];
        if (method !== 'PUT' || room !== encodeURIComponent('!abc:example.com')) return fail(403, 'M_FORBIDDEN');
        if (body.length > 60_000) return fail(413, 'M_TOO_LARGE');
        const { formatted_body: html, msgtype, 'm.mentions': mentions } = tree(event);
        if (!isHtml(text(html), ['a', 'b', 'br']) || bytes(mentions) !== 2) return fail(400, 'M_BAD_JSON');
        if (!['m.text', 'm.image'].includes(text(msgtype))) return fail(400, 'M_BAD_JSON');
        const id = events.get(transaction) ?? `$event${events.size + 1}`;
        events.set(transaction, id);
        return json(200, { event_id: id });
      };
    },
  },
  feishu: {
    settings: (url) => ({
      type: 'feishu',
      webhook_url: `${url}/open-apis/bot/v2/hook/s3cret-hook`,
      secret: 's3cret-sign',
    }),
    secrets: ['s3cret-hook', 's3cret-sign'],
    create:
      () =>
      ({ url, json: message, body }) => {
        if (!url.pathname.endsWith('/s3cret-hook'))
          return json(200, { code: 19_001, msg: 'param invalid: incoming webhook access token invalid' });
        const { timestamp, sign, msg_type: type, card } = tree(message);
        const expected = createHmac('sha256', `${text(timestamp)}\ns3cret-sign`).digest('base64');
        if (sign !== expected)
          return json(200, {
            code: 19_021,
            msg: 'sign match fail or timestamp is not within one hour from current time',
          });
        if (body.length > 20_000) return json(400, { code: 9_499, msg: 'Bad Request' });
        const isValid =
          type === 'interactive' &&
          list(tree(card)['elements']).length > 0 &&
          !/<at |<font/.test(JSON.stringify(tree(card)['elements']).replaceAll(/"plain_text","content":"[^"]*"/g, ''));
        return isValid
          ? json(200, { code: 0, msg: 'success', data: {} })
          : json(400, { code: 9_499, msg: 'Bad Request' });
      },
  },
  dingtalk: {
    settings: (url) => ({
      type: 'dingtalk',
      webhook_url: `${url}/robot/send?access_token=s3crettoken`,
      secret: 'SECs3cret',
    }),
    secrets: ['s3crettoken', 'SECs3cret'],
    create:
      () =>
      ({ url, json: message, body }) => {
        const fail = (errcode: number, errmsg: string) => json(200, { errcode, errmsg });
        if (url.searchParams.get('access_token') !== 's3crettoken') return fail(300_005, 'token is not exist');
        const expected = createHmac('sha256', 'SECs3cret')
          .update(`${url.searchParams.get('timestamp')}\nSECs3cret`)
          .digest('base64');
        if (url.searchParams.get('sign') !== expected) return fail(310_000, 'sign not match');
        const { title, text: shown } = tree(tree(message)['markdown']);
        if (body.length > 20_000 || text(title) === '' || text(shown) === '')
          return fail(400_105, 'message too large or empty');
        return json(200, { errcode: 0, errmsg: 'ok' });
      },
  },
  wecom: {
    settings: (url) => ({ type: 'wecom', webhook_url: `${url}/cgi-bin/webhook/send?key=s3cret-key` }),
    secrets: ['s3cret-key'],
    create:
      () =>
      ({ url, json: message }) => {
        if (url.searchParams.get('key') !== 's3cret-key')
          return json(200, { errcode: 93_000, errmsg: 'invalid webhook url' });
        const { msgtype, markdown, image } = tree(message);
        if (msgtype === 'image')
          return /^[0-9a-f]{32}$/.test(text(tree(image)['md5']))
            ? json(200, { errcode: 0, errmsg: 'ok' })
            : json(200, { errcode: 301_019, errmsg: 'media md5 not match' });
        const { content } = tree(markdown);
        if (/<@/.test(text(content))) return json(200, { errcode: 40_008, errmsg: 'mention' });
        return Buffer.byteLength(text(content)) > 4_096 || text(content) === ''
          ? json(200, { errcode: 40_058, errmsg: 'markdown.content exceed max length 4096' })
          : json(200, { errcode: 0, errmsg: 'ok' });
      },
  },
  kakaowork: {
    settings: (url) => ({ type: 'kakaowork', app_key: 's3cret.appkey', conversation_id: 1234, api_url: url }),
    secrets: ['s3cret.appkey'],
    create:
      () =>
      ({ url, headers, json: message }) => {
        const fail = (code: string) => json(200, { success: false, error: { code, message: `refused: ${code}` } });
        if (headers.authorization !== 'Bearer s3cret.appkey') return fail('invalid_authentication');
        const { conversation_id: room, text: shown, blocks } = tree(message);
        if (url.pathname !== '/v1/messages.send' || room !== '1234' || text(shown) === '')
          return fail('invalid_parameter');
        const lengths: Readonly<Record<string, number>> = { header: 20, text: 500, button: 20 };
        for (const { type, text: part } of list(blocks).map(tree))
          if (text(part) === '' || text(part).length > (lengths[text(type)] ?? 0)) return fail('invalid_parameter');
        return json(200, { success: true, error: null, message: { id: '1' } });
      },
  },
  naverworks: {
    settings: (url) => ({
      type: 'naverworks',
      client_id: 'app',
      client_secret: 's3cret-client',
      service_account: 'a.serviceaccount@example.com',
      private_key: privatePem,
      bot_id: 2_000_001,
      channel_id: 'room-1',
      api_url: url,
      auth_url: url,
    }),
    secrets: ['s3cret-client', 's3cret-access-token', privatePem],
    create:
      () =>
      ({ url, headers, form, json: message }) => {
        if (url.pathname === '/oauth2/v2.0/token') {
          const [, claims = ''] = (form['assertion'] ?? '').split('.');
          const { iss, sub, iat, exp } = tree(JSON.parse(Buffer.from(claims, 'base64url').toString() || '{}'));
          const isValid = iss === 'app' && sub === 'a.serviceaccount@example.com' && Number(exp) - Number(iat) <= 3_600;
          return isValid && form['client_secret'] === 's3cret-client' && form['scope'] === 'bot'
            ? json(200, {
                access_token: 's3cret-access-token',
                token_type: 'Bearer',
                expires_in: '86400',
                scope: 'bot',
              })
            : json(401, { error: 'invalid_client', error_description: 'Client authentication failed' });
        }
        if (headers.authorization !== 'Bearer s3cret-access-token')
          return json(401, { code: 'UNAUTHORIZED', description: 'Authentication failed' });
        const { type, text: shown } = tree(tree(message)['content']);
        const isValid =
          url.pathname === '/v1.0/bots/2000001/channels/room-1/messages' && type === 'text' && text(shown) !== '';
        return isValid && text(shown).length <= 2_000
          ? { status: 201 }
          : json(400, { code: 'INVALID_PARAMETER', description: 'content.text is invalid' });
      },
  },
  zulip: {
    settings: (url) => ({ type: 'zulip', url, email: 'bot@example.com', api_key: 's3cretapikey', channel: 'ops' }),
    secrets: ['s3cretapikey', Buffer.from('bot@example.com:s3cretapikey').toString('base64')],
    create:
      () =>
      ({ url, headers, form, files }) => {
        const credentials = Buffer.from('bot@example.com:s3cretapikey').toString('base64');
        const fail = (status: number, code: string) => json(status, { result: 'error', msg: `Refused: ${code}`, code });
        if (headers.authorization !== `Basic ${credentials}`) return fail(401, 'UNAUTHORIZED');
        if (url.pathname === '/api/v1/user_uploads')
          return files.length === 1
            ? json(200, { result: 'success', msg: '', url: '/user_uploads/1/p.png' })
            : fail(400, 'BAD_REQUEST');
        const { type, to, topic = '', content = '' } = form;
        if (type !== 'stream' || to !== 'ops' || topic === '' || topic.length > 60) return fail(400, 'BAD_REQUEST');
        if (/@\*\*|@_\*\*/.test(content) || content === '' || content.length > 10_000) return fail(400, 'BAD_REQUEST');
        return json(200, { result: 'success', msg: '', id: 42 });
      },
  },
  custom: {
    settings: (url) => ({
      type: 'custom',
      url: `${url}/hook/s3crethook?host={{host}}`,
      headers: { Authorization: 'Bearer s3cret-header', 'X-Alert': '{{title}}' },
      body: '{"text": "{{headline}}\\n{{summary}}\\n{{description}}", "severity": {{severity}}, "value": {{value}}, "graph": "{{graph_url}}", "device": {{labels.device}}, "to": "s3cret-room"}',
    }),
    secrets: ['s3crethook', 's3cret-header', 's3cret-room'],
    create:
      () =>
      ({ url, headers, json: message }) => {
        if (url.pathname !== '/hook/s3crethook' || headers.authorization !== 'Bearer s3cret-header')
          return { status: 401, body: 'no' };
        return text(tree(message)['text']) !== '' && tree(message)['to'] === 's3cret-room'
          ? { status: 200, body: 'ok' }
          : { status: 400, body: 'no text' };
      },
  },
};
