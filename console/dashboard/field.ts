/**
 * Computes the display settings of a series or table column from the panel's defaults and the matching overrides: unit, colour,
 * thresholds and value mappings.
 */
import { formatterOf } from '../format/values.ts';
import type { JsonObject } from './model.ts';
import { listAt, objectAt, textAt, tryNumberAt, tryTextAt } from './parse-dashboard.ts';

interface FieldLink {
  readonly title: string;
  /** The URL before variables are replaced. */
  readonly url: string;
}

export interface Field {
  readonly unit: string | undefined;
  readonly decimals: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly displayName: string | undefined;
  readonly noValue: string | undefined;
  /** Grafana's colour modes, such as `palette-classic`, `thresholds` or `fixed`. */
  readonly colourMode: string;
  readonly fixedColour: string | undefined;
  readonly thresholds: readonly Threshold[];
  readonly mappings: readonly ValueMapping[];
  readonly links: readonly FieldLink[];
  /** Settings of the panel type. */
  readonly custom: JsonObject;
}

/** The series or column that overrides match by name or by reference id. */
interface FieldOwner {
  readonly name: string;
  readonly refId?: string;
}

/** Returns the settings of one series or column. `config` is a panel's `fieldConfig`. */
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

/** Parses a pattern as Grafana does: bare, or between slashes. */
function parsePattern(text: string): RegExp {
  const [, source, flags] = /^\/(.*)\/([a-z]*)$/s.exec(text) ?? [];
  return source === undefined ? new RegExp(`^(?:${text})$`) : new RegExp(source, flags);
}

/** Sets a property. The property `custom.lineWidth` is nested in `custom`. */
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
    thresholds: parseThresholds(settings['thresholds']),
    mappings: parseMappings(settings['mappings']),
    links: listAt(settings['links'], 'links').map((link) => {
      const { title, url } = objectAt(link, 'link');
      return { title: textAt(title, 'link.title'), url: textAt(url, 'link.url') };
    }),
    custom: objectAt(settings['custom'] ?? {}, 'custom'),
  };
}

export interface Threshold {
  /** The first threshold starts at -Infinity. */
  readonly from: number;
  /** In Grafana's colour names. */
  readonly colour: string;
}

/** Parses a field's `thresholds`. Returns an empty list for a field without thresholds. */
function parseThresholds(value: unknown): readonly Threshold[] {
  if (value === undefined || value === null) return [];
  return listAt(objectAt(value, 'thresholds')['steps'], 'thresholds.steps').map((step) => {
    const { value: from, color } = objectAt(step, 'step');
    return { from: typeof from === 'number' ? from : -Infinity, colour: textAt(color, 'thresholds.color') };
  });
}

/** Returns the colour at a value, or undefined without thresholds. */
function colourAt(thresholds: readonly Threshold[], value: number): string | undefined {
  return thresholds.findLast(({ from }) => value >= from)?.colour;
}

export interface ValueMapping {
  readonly fits: (value: number | string | undefined) => boolean;
  readonly text: string | undefined;
  readonly colour: string | undefined;
}

/** Parses a field's `mappings`, in their order. */
function parseMappings(value: unknown): readonly ValueMapping[] {
  return listAt(value, 'mappings').flatMap((each) => {
    const { type, options } = objectAt(each, 'mapping');
    const settings = objectAt(options, 'mapping.options');
    return readMapping(textAt(type, 'mapping.type'), settings);
  });
}

function readMapping(type: string, options: JsonObject): readonly ValueMapping[] {
  switch (type) {
    case 'value':
      return Object.entries(options).map(([key, result]) => ({
        fits: (value) => value !== undefined && String(value) === key,
        ...readResult(result),
      }));
    case 'range': {
      const { from, to, result } = options;
      const [low, high] = [typeof from === 'number' ? from : -Infinity, typeof to === 'number' ? to : Infinity];
      const fits = (value: number | string | undefined) => typeof value === 'number' && value >= low && value <= high;
      return [{ fits, ...readResult(result) }];
    }
    case 'special':
      return [{ fits: (value) => value === undefined, ...readResult(options['result']) }];
    default:
      return [];
  }
}

function readResult(value: unknown): Pick<ValueMapping, 'text' | 'colour'> {
  const { text, color } = objectAt(value, 'mapping.result');
  return {
    text: typeof text === 'string' ? text : undefined,
    colour: typeof color === 'string' ? color : undefined,
  };
}

interface ShownValue {
  readonly text: string;
  /** In Grafana's colour names. Undefined: the colour of the series or of the text. */
  readonly colour: string | undefined;
}

export function showValue(field: Field, value: number | undefined): ShownValue {
  const mapped = field.mappings.find(({ fits }) => fits(value));
  const text =
    mapped?.text ?? (value === undefined ? (field.noValue ?? '–') : formatterOf(field.unit)(value, field.decimals));
  return { text, colour: mapped?.colour ?? colourOf(field, value) };
}

function colourOf({ colourMode, fixedColour, thresholds }: Field, value: number | undefined): string | undefined {
  if (colourMode === 'fixed') return fixedColour;
  return colourMode === 'thresholds' && value !== undefined ? colourAt(thresholds, value) : undefined;
}
