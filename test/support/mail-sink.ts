/** Runs a real SMTP server for tests, which records accepted mails and can refuse any command. */
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and body as sent. */
  readonly source: string;
  /** Unfolded headers by lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly isEncrypted: boolean;
  readonly user: string | undefined;
  /** The client's name in EHLO. */
  readonly hostName: string;
}

/** Refusals by command. */
export interface MailRefusals {
  readonly auth?: number;
  readonly from?: number;
  /** Returns the refusal of a recipient. Undefined: accepted. */
  readonly to?: (address: string) => number | undefined;
  readonly data?: number;
}

export interface MailSink {
  readonly port: number;
  readonly received: readonly ReceivedMail[];
  refuse(refusals: MailRefusals): void;
  stop(): Promise<void>;
}

export interface MailSinkOptions {
  readonly tls?: 'starttls' | 'implicit' | 'none';
  readonly key?: string;
  readonly cert?: string;
}

export async function startMailSink({ tls = 'none', key, cert }: MailSinkOptions = {}): Promise<MailSink> {
  const received: ReceivedMail[] = [];
  let refusals: MailRefusals = {};
  const server = new SMTPServer({
    secure: tls === 'implicit',
    disabledCommands: tls === 'none' ? ['STARTTLS'] : [],
    authOptional: true,
    allowInsecureAuth: true,
    ...(key === undefined || cert === undefined ? {} : { key, cert }),
    onAuth: ({ username, password }, _session, done) =>
      refusals.auth === undefined && password === 's3cret'
        ? done(null, { user: username })
        : done(refusalOf(refusals.auth ?? 535, `AUTH failed for ${username} with ${password}`)),
    onMailFrom: (_address, _session, done) =>
      refusals.from === undefined ? done() : done(refusalOf(refusals.from, 'not from you')),
    onRcptTo: ({ address }, _session, done) => {
      const code = refusals.to?.(address);
      return code === undefined ? done() : done(refusalOf(code, 'no such mailbox'));
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        if (refusals.data !== undefined) return done(refusalOf(refusals.data, 'not now'));
        const { mailFrom, rcptTo } = session.envelope;
        const source = Buffer.concat(chunks).toString('utf8');
        received.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          source,
          headers: headersOf(source),
          isEncrypted: session.secure,
          hostName: session.hostNameAppearsAs,
          user: typeof session.user === 'string' ? session.user : undefined,
        });
        done();
      });
    },
  });
  server.on('error', () => undefined); // some tests abort the connection
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.server.address() as AddressInfo).port,
    received,
    refuse(next) {
      refusals = next;
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function refusalOf(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}

function headersOf(source: string): ReadonlyMap<string, string> {
  const head = (source.split('\r\n\r\n')[0] ?? '').replaceAll(/\r\n[ \t]+/g, ' ');
  return new Map(
    head.split('\r\n').map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}
