/** Runs a local HTTP server that answers like a notification service and records the requests. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FormFile {
  readonly field: string;
  readonly fileName: string;
  readonly contentType: string;
  readonly bytes: number;
}

export interface ServiceRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The JSON of the body; undefined for other bodies. */
  readonly json: unknown;
  /** Fields of a form or of a multipart body. */
  readonly form: Readonly<Record<string, string>>;
  readonly files: readonly FormFile[];
}

export interface ServiceAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text, or JSON. */
  readonly body?: unknown;
}

export interface ServiceSink {
  readonly url: string;
  readonly port: number;
  readonly requests: readonly ServiceRequest[];
  /** Answers every further request in this way; undefined: as the service does. */
  answerWith(answer: ServiceAnswer | undefined): void;
  clear(): void;
  stop(): Promise<void>;
}

export async function startServiceSink(answer: (request: ServiceRequest) => ServiceAnswer): Promise<ServiceSink> {
  const requests: ServiceRequest[] = [];
  let fixed: ServiceAnswer | undefined;
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { method = '', url = '', headers } = incoming;
      const request = parseRequest({ method, url, headers, body: Buffer.concat(chunks) });
      requests.push(request);
      const { status, headers: more = {}, body = '' } = fixed ?? answer(request);
      const isText = typeof body === 'string';
      outgoing.writeHead(status, { 'Content-Type': isText ? 'text/plain' : 'application/json', ...more });
      outgoing.end(isText ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    answerWith(next) {
      fixed = next;
    },
    clear() {
      requests.length = 0;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface RawRequest extends Pick<ServiceRequest, 'method' | 'headers' | 'body'> {
  readonly url: string;
}

function parseRequest({ url, ...raw }: RawRequest): ServiceRequest {
  const type = raw.headers['content-type'] ?? '';
  const request = { ...raw, url: new URL(url, 'http://127.0.0.1'), json: undefined, form: {}, files: [] };
  if (type.startsWith('application/json')) return { ...request, json: JSON.parse(raw.body.toString()) as unknown };
  if (type.startsWith('application/x-www-form-urlencoded'))
    return { ...request, form: Object.fromEntries(new URLSearchParams(raw.body.toString())) };
  return type.startsWith('multipart/form-data') ? { ...request, ...parseMultipart(type, raw.body) } : request;
}

function parseMultipart(type: string, body: Buffer): Pick<ServiceRequest, 'form' | 'files'> {
  const boundary = /boundary=(.+)$/.exec(type)?.[1] ?? '';
  const form: Record<string, string> = {};
  const files: FormFile[] = [];
  for (const part of body.toString('latin1').split(`--${boundary}`).slice(1, -1)) {
    const [head = '', ...rest] = part.split('\r\n\r\n');
    const content = rest.join('\r\n\r\n').replace(/\r\n$/, '');
    const field = / name="([^"]*)"/.exec(head)?.[1] ?? '';
    const fileName = / filename="([^"]*)"/.exec(head)?.[1];
    if (fileName === undefined) form[field] = Buffer.from(content, 'latin1').toString();
    else
      files.push({ field, fileName, contentType: /Content-Type: (.+)/.exec(head)?.[1] ?? '', bytes: content.length });
  }
  return { form, files };
}
