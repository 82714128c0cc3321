/** The data that the page reads beside the API: its session, dashboards, and the alerting rules of Prometheus. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import type { Principal } from '../../common/http/auth.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { PrometheusError } from '../../common/prometheus/error.ts';
import { tryRefusal } from '../../common/prometheus/query.ts';
import { hasScope } from '../auth/credentials.ts';
import { requireUnbound } from '../auth/host-scope.ts';
import { setRoute } from '../http/http-metrics.ts';
import { explainPrometheus } from '../prometheus/problem.ts';

export interface PageDataOptions {
  /** Returns the principal of a request that may read. Throws 401 and 403 as the API does. */
  readonly readerOf: (request: Request) => Promise<Principal>;
  /** Folder with one JSON file per dashboard, the files that Grafana is provisioned with. Read once. */
  readonly dashboardFolder: string;
  readonly prometheus: PrometheusConnection;
  /** Version of the program. The page shows it, and reloads itself when it changes. */
  readonly version: string;
}

/** Throws an Error that names an invalid dashboard file. */
export function pageDataRoutes({ readerOf, dashboardFolder, prometheus, version }: PageDataOptions): Router {
  const dashboards = readDashboards(dashboardFolder);
  const list = { dashboards: [...dashboards.values()].map(({ entry }) => entry) };
  const router = Router();
  router.get('/page/session', async (request, response) => {
    setRoute(response, 'page-session');
    const principal = await readerOf(request);
    const { name, host } = principal;
    // The page offers only permitted actions.
    await sendJson(request, response, { name, host, may_write: hasScope(principal, 'admin'), version });
  });
  router.get('/page/dashboards', async (request, response) => {
    setRoute(response, 'page-dashboards');
    await readerOf(request);
    await sendJson(request, response, list);
  });
  router.get('/page/dashboards/:uid', async (request, response) => {
    setRoute(response, 'page-dashboard');
    await readerOf(request);
    const { uid } = request.params;
    const found = dashboards.get(uid);
    if (found === undefined) throw new HttpProblem(404, `there is no dashboard ${JSON.stringify(uid)}`);
    await sendJson(request, response, found.dashboard);
  });
  router.get('/page/alerting-rules', async (request, response) => {
    setRoute(response, 'page-alerting-rules');
    requireUnbound(await readerOf(request));
    try {
      await sendJson(request, response, { rules: await readAlertingRules(prometheus) });
    } catch (thrown) {
      throw explainPrometheus(thrown);
    }
  });
  return router;
}

/** A body that fits one packet gains nothing from compression. */
const minCompressedBytes = 1_400;

const compress = promisify(gzip);

async function sendJson(request: Request, response: Response, body: unknown): Promise<void> {
  const bytes = Buffer.from(JSON.stringify(body));
  response.type('application/json').set('Vary', 'Accept-Encoding');
  if (bytes.length < minCompressedBytes || request.acceptsEncodings(['gzip', 'identity']) !== 'gzip') {
    response.send(bytes);
    return;
  }
  const packed = await compress(bytes, { level: 6 });
  response.set('Content-Encoding', 'gzip').send(packed);
}

interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly description?: string;
  readonly tags?: readonly string[];
}

/** Returns the dashboards by uid, with their entries in the menu of the page. */
function readDashboards(folder: string) {
  const all = fileNames(folder).map((name) => {
    const dashboard = parseDashboard(join(folder, name));
    const { uid, title, description = '', tags = [] } = dashboard;
    return [uid, { dashboard, entry: { uid, title, description, tags } }] as const;
  });
  return new Map(all);
}

function fileNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.json'));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw cause;
  }
}

function parseDashboard(file: string): Dashboard {
  const parsed = JSON.parse(readFileSync(file, 'utf8')) as Partial<Dashboard>;
  const { uid, title } = parsed;
  if (uid !== undefined && title !== undefined) return { ...parsed, uid, title };
  throw new Error(`${file}: expected a dashboard with uid and title`);
}

const texts = z.record(z.string(), z.string());

/** Source: https://prometheus.io/docs/prometheus/latest/querying/api/#rules */
const answer = z.object({
  data: z.object({
    groups: z.array(
      z.object({
        rules: z.array(
          z.object({
            name: z.string(),
            query: z.string(),
            duration: z.number().default(0),
            labels: texts.default({}),
            annotations: texts.default({}),
            state: z.enum(['inactive', 'pending', 'firing']).default('inactive'),
            health: z.enum(['ok', 'err', 'unknown']),
            lastError: z.string().default(''),
          }),
        ),
      }),
    ),
  }),
});

/** Throws a `PrometheusError`, also for a refused call. */
export async function readAlertingRules(prometheus: PrometheusConnection) {
  const parameters = new URLSearchParams({ type: 'alert' });
  const told = await prometheus.call({ method: 'GET', path: '/api/v1/rules', parameters });
  const refusal = tryRefusal(told);
  if (refusal !== undefined) throw refusal;
  return parse(told.body).data.groups.flatMap(({ rules }) =>
    rules.map(({ name, query, duration, labels, annotations, state, health, lastError }) => ({
      name,
      query,
      for_seconds: duration,
      ...(labels['severity'] === undefined ? {} : { severity: labels['severity'] }),
      annotations,
      state,
      health,
      ...(lastError === '' ? {} : { last_error: lastError }),
    })),
  );
}

function parse(body: Buffer): z.output<typeof answer> {
  try {
    return answer.parse(JSON.parse(body.toString('utf8')));
  } catch (cause) {
    throw new PrometheusError('rules: the answer is not from Prometheus', { fault: 'unavailable', cause });
  }
}
