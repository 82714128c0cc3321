/** Words in the place of values: 1 is `up`. */
import { type JsonObject, listAt, objectAt, textAt } from '../../../common/dashboard/json.ts';

export interface ValueMapping {
  readonly fits: (value: number | string | undefined) => boolean;
  readonly text: string | undefined;
  readonly colour: string | undefined;
}

/** Of a field's `mappings`, in their order. */
export function readMappings(value: unknown): readonly ValueMapping[] {
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
