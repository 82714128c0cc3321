/** Parses the JSON of a dashboard, and splits its panels into sections. Throws an Error with the place of an unexpected value. */
import type { Annotation, Dashboard, JsonObject, Panel, PanelLink, Target, Variable } from './model.ts';

/** Grafana's default for panels. */
const defaultMaxDataPoints = 1_500;
/** Grafana's default for annotations. */
const annotationPoints = 100;

export function parseDashboard(json: unknown): Dashboard {
  const root = objectAt(json, 'dashboard');
  const uid = textAt(root['uid'], 'uid');
  const at = (path: string): string => `${uid}: ${path}`;
  const time = objectAt(root['time'], at('time'));
  const templating = objectAt(root['templating'], at('templating'));
  const annotations = objectAt(root['annotations'] ?? {}, at('annotations'));
  return {
    uid,
    title: textAt(root['title'], at('title')),
    description: tryTextAt(root['description'], at('description')) ?? '',
    tags: listAt(root['tags'], at('tags')).map((tag) => textAt(tag, at('tags'))),
    from: textAt(time['from'], at('time.from')),
    to: textAt(time['to'], at('time.to')),
    refreshMs: parseInterval(textAt(root['refresh'], at('refresh')), at('refresh')),
    variables: listAt(templating['list'], at('templating.list')).map((each) => readVariable(each, at('variable'))),
    panels: listAt(root['panels'], at('panels')).map((each) => readPanel(each, at('panel'))),
    annotations: listAt(annotations['list'], at('annotations.list'))
      .map((each) => objectAt(each, at('annotation')))
      .filter(({ builtIn }) => builtIn !== 1)
      .map((each) => readAnnotation(each, at('annotation'))),
  };
}

function readPanel(value: unknown, inside: string): Panel {
  const panel = objectAt(value, inside);
  const id = numberAt(panel['id'], `${inside}.id`);
  const place = `${inside} ${id}`;
  const grid = objectAt(panel['gridPos'], `${place}.gridPos`);
  return {
    id,
    type: textAt(panel['type'], `${place}.type`),
    title: textAt(panel['title'], `${place}.title`),
    description: tryTextAt(panel['description'], `${place}.description`) ?? '',
    grid: {
      x: numberAt(grid['x'], `${place}.gridPos.x`),
      y: numberAt(grid['y'], `${place}.gridPos.y`),
      w: numberAt(grid['w'], `${place}.gridPos.w`),
      h: numberAt(grid['h'], `${place}.gridPos.h`),
    },
    targets: listAt(panel['targets'], `${place}.targets`).map((each) => readTarget(each, `${place}.target`)),
    maxDataPoints: tryNumberAt(panel['maxDataPoints'], `${place}.maxDataPoints`) ?? defaultMaxDataPoints,
    minStepMs: tryInterval(panel['interval'], `${place}.interval`),
    fieldConfig: objectAt(panel['fieldConfig'] ?? {}, `${place}.fieldConfig`),
    options: objectAt(panel['options'] ?? {}, `${place}.options`),
    transformations: listAt(panel['transformations'], `${place}.transformations`).map((each) =>
      objectAt(each, `${place}.transformation`),
    ),
    links: listAt(panel['links'], `${place}.links`).map((each) => readLink(each, `${place}.link`)),
  };
}

function readLink(value: unknown, place: string): PanelLink {
  const link = objectAt(value, place);
  return { title: textAt(link['title'], `${place}.title`), url: textAt(link['url'], `${place}.url`) };
}

function readTarget(value: unknown, inside: string): Target {
  const target = objectAt(value, inside);
  const refId = textAt(target['refId'], `${inside}.refId`);
  const place = `${inside} ${refId}`;
  return {
    refId,
    expr: textAt(target['expr'], `${place}.expr`),
    legend: tryTextAt(target['legendFormat'], `${place}.legendFormat`) ?? '',
    kind: target['instant'] === true ? 'instant' : 'range',
    minStepMs: tryInterval(target['interval'], `${place}.interval`),
  };
}

function readVariable(value: unknown, inside: string): Variable {
  const variable = objectAt(value, inside);
  const name = textAt(variable['name'], `${inside}.name`);
  const place = `${inside} ${name}`;
  const common = {
    name,
    label: tryTextAt(variable['label'], `${place}.label`) ?? name,
    hidden: variable['hide'] === 2,
  };
  const type = textAt(variable['type'], `${place}.type`);
  switch (type) {
    case 'datasource':
      return { ...common, type };
    case 'textbox':
      return { ...common, type, defaultValue: textAt(variable['query'], `${place}.query`) };
    case 'query':
      return {
        ...common,
        type,
        expr: readQuery(variable['query'], `${place}.query`),
        pattern: readPattern(variable['regex'], `${place}.regex`),
        multi: variable['multi'] === true,
        includeAll: variable['includeAll'] === true,
        allValue: tryTextAt(variable['allValue'], `${place}.allValue`) ?? '.+',
      };
    default:
      throw new Error(`${place}.type: expected datasource, query or textbox, got ${type}`);
  }
}

function readQuery(value: unknown, place: string): string {
  const text = textAt(objectAt(value, place)['query'], `${place}.query`);
  const expr = /^query_result\((.+)\)\s*$/s.exec(text)?.[1];
  if (expr === undefined) throw new Error(`${place}.query: expected query_result(...), got ${text}`);
  return expr;
}

function readPattern(value: unknown, place: string): RegExp {
  const text = textAt(value, place);
  const source = /^\/(.+)\/$/s.exec(text)?.[1];
  if (source === undefined) throw new Error(`${place}: expected /a pattern with one group/, got ${text}`);
  return new RegExp(source);
}

function readAnnotation(annotation: JsonObject, inside: string): Annotation {
  const name = textAt(annotation['name'], `${inside}.name`);
  const place = `${inside} ${name}`;
  if (annotation['useValueForTime'] !== true) throw new Error(`${place}.useValueForTime: expected true`);
  return {
    name,
    color: textAt(annotation['iconColor'], `${place}.iconColor`),
    expr: textAt(annotation['expr'], `${place}.expr`),
    minStepMs: parseInterval(textAt(annotation['step'], `${place}.step`), `${place}.step`),
    maxDataPoints: annotationPoints,
    title: textAt(annotation['titleFormat'], `${place}.titleFormat`),
    text: textAt(annotation['textFormat'], `${place}.textFormat`),
    tagLabels: textAt(annotation['tagKeys'], `${place}.tagKeys`).split(','),
  };
}

function tryInterval(value: unknown, place: string): number | undefined {
  const text = tryTextAt(value, place);
  return text === undefined ? undefined : parseInterval(text, place);
}

/** Units of PromQL's durations in milliseconds, longest first. */
export const durationUnits = {
  y: 365 * 86_400_000,
  w: 7 * 86_400_000,
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1_000,
  ms: 1,
} as const;

/** Parses an interval of one number and one unit, such as `30s`, `5m` or `1h`. Throws an Error that names `place`. */
export function parseInterval(text: string, place: string): number {
  const [, count, unit] = /^(\d+(?:\.\d+)?)(ms|[smhdwy])$/.exec(text) ?? [];
  if (count === undefined || unit === undefined) {
    throw new Error(`${place}: expected an interval such as 30s, got ${JSON.stringify(text)}`);
  }
  return Number(count) * durationUnits[unit as keyof typeof durationUnits];
}

interface Section {
  /** Undefined above the first row. */
  readonly title: string | undefined;
  readonly panels: readonly PlacedPanel[];
}

export interface PlacedPanel {
  readonly panel: Panel;
  /** CSS grid lines, counted from 1. Rows count within the section. */
  readonly column: number;
  readonly row: number;
}

export function sectionsOf(panels: readonly Panel[]): readonly Section[] {
  const sections: { title: string | undefined; panels: Panel[] }[] = [{ title: undefined, panels: [] }];
  const ordered = panels.toSorted((a, b) => a.grid.y - b.grid.y || a.grid.x - b.grid.x);
  for (const panel of ordered) {
    if (panel.type === 'row') sections.push({ title: panel.title, panels: [] });
    else sections.at(-1)?.panels.push(panel);
  }
  return sections
    .filter((section) => section.panels.length > 0)
    .map(({ title, panels: inside }) => {
      const top = Math.min(...inside.map(({ grid }) => grid.y));
      return {
        title,
        panels: inside.map((panel) => ({ panel, column: panel.grid.x + 1, row: panel.grid.y - top + 1 })),
      };
    });
}

export function objectAt(value: unknown, place: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw unexpected(place, 'an object', value);
}

/** Returns the list, or an empty list for an absent value, as Grafana does. */
export function listAt(value: unknown, place: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value as readonly unknown[];
  throw unexpected(place, 'a list', value);
}

export function textAt(value: unknown, place: string): string {
  if (typeof value === 'string') return value;
  throw unexpected(place, 'a string', value);
}

function numberAt(value: unknown, place: string): number {
  if (typeof value === 'number') return value;
  throw unexpected(place, 'a number', value);
}

/** Returns the value, or undefined for an absent value. */
export function tryTextAt(value: unknown, place: string): string | undefined {
  return value === undefined || value === null ? undefined : textAt(value, place);
}

export function tryNumberAt(value: unknown, place: string): number | undefined {
  return value === undefined || value === null ? undefined : numberAt(value, place);
}

function unexpected(place: string, expected: string, value: unknown): Error {
  return new Error(`${place}: expected ${expected}, got ${JSON.stringify(value)?.slice(0, 80) ?? 'nothing'}`);
}
