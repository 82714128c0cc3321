/** The exporter's HTTP server: metrics, landing page, health and readiness. */
import type { IncomingMessage, ServerResponse } from '../../common/http/node-http.ts';
import { createHttpServer, type Handler, type ServerFactory } from '../../common/http/server.ts';
import type { Service } from '../../common/program/program.ts';
import type { ListenAddress } from '../../common/program/settings/units.ts';
import { createGcSchedule, findFullGc } from '../gc-schedule.ts';
import { createSendResponse, type HttpResponse, plainText } from './http-response.ts';
import { renderLandingPage } from './landing-page.ts';
import { createMetricsHandler, type MetricsHandlerOptions } from './metrics-handler.ts';

export interface ExporterServerOptions extends MetricsHandlerOptions {
  readonly addresses: readonly ListenAddress[];
  readonly telemetryPath: string;
  readonly version: string;
  readonly createServer?: ServerFactory;
}

export interface ExporterServer extends Service {
  /** Returns the addresses that the server listens on, with the actual ports. */
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
  const handleMetrics = createMetricsHandler(options);
  const sendResponse = createSendResponse();
  const onPageSent = createGcSchedule(findFullGc());
  const landingPage: HttpResponse = {
    status: 200,
    contentType: 'text/html; charset=utf-8',
    body: renderLandingPage(version, telemetryPath),
  };

  function respondToOther(path: string): HttpResponse {
    switch (path) {
      case '/':
        return landingPage;
      case '/-/healthy':
        return text(200, 'healthy');
      case '/-/ready':
        return isReady() ? text(200, 'ready') : text(503, 'stopping');
      default:
        return text(404, `${path} not found; metrics are served at ${telemetryPath}`);
    }
  }

  function respond(request: IncomingMessage): HttpResponse | Promise<HttpResponse> {
    const { method = '', url = '/' } = request;
    if (method !== 'GET' && method !== 'HEAD')
      return { ...text(405, `method ${method} not allowed; use GET or HEAD`), headers: { Allow: 'GET, HEAD' } };
    const mark = url.indexOf('?');
    const path = mark === -1 ? url : url.slice(0, mark);
    if (path !== telemetryPath) return respondToOther(path);
    return handleMetrics(request, mark === -1 ? undefined : new URLSearchParams(url.slice(mark)));
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      sendResponse(request, response, await respond(request));
      onPageSent();
    } catch (error) {
      log.error('failed to send a response; connection closed', { url: request.url, error });
      response.destroy();
    }
  }

  return (request, response) => void serve(request, response);
}

function text(status: number, words: string): HttpResponse {
  return { status, contentType: plainText, body: `${words}\n` };
}
