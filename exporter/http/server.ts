/** The exporter's HTTP side: the metrics page, the landing page, health and readiness. */
import type { IncomingMessage, ServerResponse } from '../../common/http/node-http.ts';
import { createHttpServer, type Handler, type ServerFactory } from '../../common/http/server.ts';
import type { Service } from '../../common/program/program.ts';
import type { ListenAddress } from '../../common/program/settings/units.ts';
import { createCollectNowAndThen, tryFullCollection } from '../gc-schedule.ts';
import { type Answer, createSendAnswer, plainText } from './http-response.ts';
import { renderLandingPage } from './landing-page.ts';
import { createMetricsPage, type MetricsPageOptions } from './metrics-handler.ts';

export interface ExporterServerOptions extends MetricsPageOptions {
  readonly addresses: readonly ListenAddress[];
  readonly telemetryPath: string;
  readonly version: string;
  readonly createServer?: ServerFactory;
}

export interface ExporterServer extends Service {
  /** Where it listens, ports filled in. */
  bound(): readonly ListenAddress[];
}

export function createExporterServer(options: ExporterServerOptions): ExporterServer {
  const { addresses, log, createServer } = options;
  let isStopping = false;
  const handler = createHandler(options, () => !isStopping);
  const server = createHttpServer({ addresses, handler, log, ...(createServer && { createServer }) });
  return {
    start: () => server.start(),
    stop() {
      isStopping = true;
      return server.stop();
    },
    bound: () => server.bound(),
  };
}

function createHandler(options: ExporterServerOptions, isReady: () => boolean): Handler {
  const { telemetryPath, version, log } = options;
  const metricsPage = createMetricsPage(options);
  const sendAnswer = createSendAnswer();
  const collectNowAndThen = createCollectNowAndThen(tryFullCollection());
  const landingPage: Answer = {
    status: 200,
    contentType: 'text/html; charset=utf-8',
    body: renderLandingPage({ version, telemetryPath }),
  };

  function answerOther(path: string): Answer {
    switch (path) {
      case '/':
        return landingPage;
      case '/-/healthy':
        return text(200, 'healthy');
      case '/-/ready':
        return isReady() ? text(200, 'ready') : text(503, 'stopping');
      default:
        return text(404, `nothing is served at ${path}; the metrics are at ${telemetryPath}`);
    }
  }

  function answerTo(request: IncomingMessage): Answer | Promise<Answer> {
    const { method = '', url = '/' } = request;
    if (method !== 'GET' && method !== 'HEAD') {
      return { ...text(405, `${method} is not allowed, GET and HEAD are`), headers: { Allow: 'GET, HEAD' } };
    }
    const mark = url.indexOf('?');
    const path = mark === -1 ? url : url.slice(0, mark);
    if (path !== telemetryPath) return answerOther(path);
    return metricsPage(request, mark === -1 ? undefined : new URLSearchParams(url.slice(mark)));
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      sendAnswer(request, response, await answerTo(request));
      collectNowAndThen();
    } catch (error) {
      log.error('an answer could not be sent; the connection is closed', { url: request.url, error });
      response.destroy();
    }
  }

  return (request, response) => void serve(request, response);
}

function text(status: number, words: string): Answer {
  return { status, contentType: plainText, body: `${words}\n` };
}
