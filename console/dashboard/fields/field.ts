/** How values of a series or a table's column are shown: the panel's defaults and the overrides that name it. */
import { type JsonObject, listAt, objectAt, textAt, tryNumberAt, tryTextAt } from '../../../common/dashboard/json.ts';
import type { Threshold } from './thresholds.ts';
import { readThresholds } from './thresholds.ts';
import { readMappings, type ValueMapping } from './value-mapping.ts';

export interface FieldLink {
  readonly title: string;
  /** Not yet filled in. */
  readonly url: string;
}

export interface Field {
  readonly unit: string | undefined;
  readonly decimals: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly displayName: string | undefined;
  readonly noValue: string | undefined;
  /** `palette-classic`, `thresholds`, `fixed` and others of Grafana's. */
  readonly colourMode: string;
  readonly fixedColour: string | undefined;
  readonly thresholds: readonly Threshold[];
  readonly mappings: readonly ValueMapping[];
  readonly links: readonly FieldLink[];
  /** What the kind of panel has for its own. */
  readonly custom: JsonObject;
}

/** What overrides may name a series or column by. */
export interface FieldOwner {
  readonly name: string;
  readonly refId?: string;
}

/** `config` is a panel's `fieldConfig`. */
export function fieldOf(config: JsonObject, owner: FieldOwner): Field {
  let settings = objectAt(config['defaults'] ?? {}, 'fieldConfig.defaults');
  for (const override of listAt(config['overrides'], 'fieldConfig.overrides')) {
    const { matcher, properties } = objectAt(override, 'override');
    if (!isMeant(objectAt(matcher, 'matcher'), owner)) continue;
    for (const property of listAt(properties, 'properties')) {
      const { id, value } = objectAt(property, 'property');
      settings = withProperty(settings, textAt(id, 'property.id'), value);
    }
  }
  return readField(settings);
}

function isMeant({ id, options }: JsonObject, { name, refId }: FieldOwner): boolean {
  switch (textAt(id, 'matcher.id')) {
    case 'byName':
      return options === name;
    case 'byRegexp':
      return parsePattern(textAt(options, 'matcher.options')).test(name);
    case 'byFrameRefID':
      return options === refId;
    case 'byType':
      return options === 'number' ? refId !== undefined : false;
    default:
      return false;
  }
}

/** As Grafana takes them: bare, or between slashes. */
function parsePattern(text: string): RegExp {
  const [, source, flags] = /^\/(.*)\/([a-z]*)$/s.exec(text) ?? [];
  return source === undefined ? new RegExp(`^(?:${text})$`) : new RegExp(source, flags);
}

/** `custom.lineWidth` goes one level down. */
function withProperty(settings: JsonObject, id: string, value: JsonObject[string]): JsonObject {
  if (!id.startsWith('custom.')) return { ...settings, [id]: value };
  const custom = objectAt(settings['custom'] ?? {}, 'custom');
  return { ...settings, custom: { ...custom, [id.slice('custom.'.length)]: value } };
}

function readField(settings: JsonObject): Field {
  const color = objectAt(settings['color'] ?? {}, 'color');
  return {
    unit: tryTextAt(settings['unit'], 'unit'),
    decimals: tryNumberAt(settings['decimals'], 'decimals'),
    min: tryNumberAt(settings['min'], 'min'),
    max: tryNumberAt(settings['max'], 'max'),
    displayName: tryTextAt(settings['displayName'], 'displayName'),
    noValue: tryTextAt(settings['noValue'], 'noValue'),
    colourMode: tryTextAt(color['mode'], 'color.mode') ?? 'palette-classic',
    fixedColour: tryTextAt(color['fixedColor'], 'color.fixedColor'),
    thresholds: readThresholds(settings['thresholds']),
    mappings: readMappings(settings['mappings']),
    links: listAt(settings['links'], 'links').map((link) => {
      const { title, url } = objectAt(link, 'link');
      return { title: textAt(title, 'link.title'), url: textAt(url, 'link.url') };
    }),
    custom: objectAt(settings['custom'] ?? {}, 'custom'),
  };
}
