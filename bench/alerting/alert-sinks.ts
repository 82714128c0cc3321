/** Receivers of the alert benchmark. Each records when an alert first arrived. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** Sinks by name: `webhook`, `slack` and `mail` for the relay, `peer webhook` and `peer slack` for Alertmanager. */
export interface Sinks {
  /** URL of the HTTP server: `/<sink>` accepts any body, `/api/...` implements the part of Slack's Web API that messages use. */
  readonly url: string;
  readonly smtpPort: number;
  /** Returns when the alert arrived at the sink; undefined before. */
  tryTime(sink: string, alert: string): number | undefined;
  stop(): Promise<void>;
}

/** `alertName` extracts the alert's name from a body. */
export async function startSinks(alertName: RegExp): Promise<Sinks> {
  const times = new Map<string, number>();
  const note = (sink: string, text: string): void => {
    const name = alertName.exec(text)?.[0];
    const key = `${sink}/${name}`;
    if (name !== undefined && !times.has(key)) times.set(key, Date.now());
  };

  const http = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const path = decodeURIComponent(request.url ?? '').slice(1);
      const text = Buffer.concat(chunks).toString();
      if (!path.startsWith('api/')) {
        note(path, text);
        response.end('ok');
        return;
      }
      if (path === 'api/chat.postMessage') note('slack bot', text);
      if (path === 'api/files.completeUploadExternal') note('slack picture', text);
      const ts = `${Date.now()}.${times.size}`;
      const answer = { ok: true, channel: 'C1', ts, file_id: 'F1', upload_url: `${url}/upload` };
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify(answer));
    });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;

  const smtp = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const isPictured = session.envelope.rcptTo[0]?.address.startsWith('pictured') === true;
        note(isPictured ? 'mail with picture' : 'mail', Buffer.concat(chunks).toString('latin1'));
        done();
      });
    },
  });
  smtp.listen(0, '127.0.0.1');
  await once(smtp.server, 'listening');

  return {
    url,
    smtpPort: (smtp.server.address() as AddressInfo).port,
    tryTime: (sink, alert) => times.get(`${sink}/${alert}`),
    async stop() {
      http.close();
      http.closeAllConnections();
      await new Promise<void>((resolve) => smtp.close(() => resolve()));
    },
  };
}
