/** Serves metrics, landing page, health and readiness over HTTP. */
import type { IncomingMessage, ServerResponse } from '../../common/http/node-http.ts';
import { createHttpServer, type Handler, type ServerFactory } from '../../common/http/server.ts';
import type { Service } from '../../common/program/program.ts';
import type { ListenAddress, SocketAddress } from '../../common/program/settings/units.ts';
import { createGcSchedule, findFullGc } from '../gc-schedule.ts';
import type { Top } from '../top/top.ts';
import { answerMinutes, answerTop, type TopAnswer } from '../top/top-requests.ts';
import { createSendResponse, type HttpResponse, plainText } from './http-response.ts';
import { renderLandingPage } from './landing-page.ts';
import { createMetricsHandler, type MetricsHandlerOptions } from './metrics-handler.ts';
import { parseTarget } from './request-target.ts';

export interface ExporterServerOptions extends MetricsHandlerOptions {
  readonly addresses: readonly SocketAddress[];
  readonly telemetryPath: string;
  readonly version: string;
  readonly createServer?: ServerFactory;
  /** Returns the busiest processes of the host; undefined while they are not followed. */
  readonly top: () => Top | undefined;
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
  const { telemetryPath, version, log, top } = options;
  const handleMetrics = createMetricsHandler(options);
  const sendResponse = createSendResponse();
  const onPageSent = createGcSchedule(findFullGc());
  const landingPage: HttpResponse = {
    status: 200,
    contentType: 'text/html; charset=utf-8',
    body: [renderLandingPage(version, telemetryPath)],
  };

  // Behind a proxy that serves the exporter below a path, the pages beside the metrics are below the path as well.
  const prefix = telemetryPath.slice(0, telemetryPath.lastIndexOf('/'));

  function respondToOther(path: string, query: string | undefined): HttpResponse {
    const isBelow = prefix !== '' && (path === prefix || path.startsWith(`${prefix}/`));
    switch (isBelow ? path.slice(prefix.length) || '/' : path) {
      case '/':
        return landingPage;
      case '/api/top':
        return json(answerTop(top(), query === undefined ? undefined : new URLSearchParams(query)));
      case '/api/top/minutes':
        return json(answerMinutes(top()));
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
    // node_exporter answers a POST as well; some proxies and clients send one.
    if (method !== 'GET' && method !== 'HEAD' && method !== 'POST')
      return {
        ...text(405, `method ${method} not allowed; use GET, HEAD or POST`),
        headers: { Allow: 'GET, HEAD, POST' },
      };
    const target = url === telemetryPath ? { path: url, query: undefined } : parseTarget(url);
    if ('fault' in target) return text(400, target.fault);
    const { path, query } = target;
    if ('location' in target)
      return { ...text(301, `moved to ${target.location}`), headers: { Location: target.location } };
    if (path !== telemetryPath) return respondToOther(path, query);
    return handleMetrics(request, query === undefined ? undefined : new URLSearchParams(query));
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

function json({ status, body }: TopAnswer): HttpResponse {
  return { status, contentType: 'application/json', body: [`${body}\n`] };
}

function text(status: number, words: string): HttpResponse {
  return { status, contentType: plainText, body: [`${words}\n`] };
}
