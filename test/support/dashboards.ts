/** Reads the dashboards of the repository, as raw JSON and parsed. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Dashboard } from '../../console/dashboard/model.ts';
import { parseDashboard } from '../../console/dashboard/parse-dashboard.ts';

const folder = join(import.meta.dirname, '..', '..', 'grafana', 'dashboards');

export interface RawPanel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly Readonly<Record<string, unknown>>[];
  readonly links?: readonly RawLink[];
  readonly fieldConfig?: {
    readonly defaults: Readonly<Record<string, unknown>> & { readonly links?: readonly RawLink[] };
    readonly overrides: readonly {
      readonly matcher: { readonly id: string; readonly options: string };
      readonly properties: readonly { readonly id: string; readonly value: unknown }[];
    }[];
  };
  readonly transformations?: readonly { readonly id: string; readonly options: RawOrganisation }[];
}

export interface RawOrganisation {
  readonly excludeByName: Readonly<Record<string, boolean>>;
  readonly indexByName: Readonly<Record<string, number>>;
  readonly renameByName: Readonly<Record<string, string>>;
}

export interface RawLink {
  readonly title: string;
  readonly url?: string;
}

export interface RawVariable extends Readonly<Record<string, unknown>> {
  readonly name: string;
  readonly type: string;
}

export interface RawDashboard extends Readonly<Record<string, unknown>> {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly RawPanel[];
  readonly templating: { readonly list: readonly RawVariable[] };
  readonly annotations: { readonly list: readonly Readonly<Record<string, unknown>>[] };
  readonly links: readonly Readonly<Record<string, unknown>>[];
}

export const rawDashboards: readonly (readonly [string, RawDashboard])[] = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .sort()
  .map((name) => [name, JSON.parse(readFileSync(join(folder, name), 'utf8')) as RawDashboard]);

export const dashboards: readonly Dashboard[] = rawDashboards.map(([, json]) => parseDashboard(json));

/** Headings have no queries. */
export function drawnPanels<P extends { readonly type: string }>({ panels }: { readonly panels: readonly P[] }): P[] {
  return panels.filter(({ type }) => type !== 'row');
}

/** Finds a dashboard by the last part of its uid. */
export function dashboardOf(name: string): Dashboard {
  const found = dashboards.find(({ uid }) => uid === `hostpulse-${name}`);
  if (found === undefined) throw new Error(`no dashboard ${name}`);
  return found;
}
