/** Serves the dashboards of the page: the JSON files that Grafana is provisioned with. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Router } from 'express';
import { HttpProblem } from '../../common/http/problem.ts';
import { setRoute } from '../http/http-metrics.ts';
import { sendJson } from './send-json.ts';
import type { ReaderOf } from './session.ts';

/** The entry of a dashboard in the menu of the page. */
interface DashboardEntry {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
}

interface Dashboard extends Partial<DashboardEntry> {
  readonly uid: string;
  readonly title: string;
}

/** `folder` has one JSON file per dashboard and is read once. Throws an Error that names an invalid file. */
export function dashboardRoutes(folder: string, readerOf: ReaderOf): Router {
  const dashboards = readDashboards(folder);
  const list = { dashboards: [...dashboards.values()].map(({ entry }) => entry) };
  const router = Router();
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
  return router;
}

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
