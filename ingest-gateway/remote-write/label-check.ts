/**
 * Checks the labels of a request, series by series. Most series have the same names in the same places as the series before:
 * a name that equals the checked one needs no check.
 */
import { compareBytes, isBytes, isName, isRepeated, isText, labelClasses, metricClasses } from './label-bytes.ts';

/** Faults of a label; of several, the first in this order is reported. */
export type LabelFault = 'label_name' | 'label_order' | 'label_value' | 'no_name';

export interface LabelCheck {
  /** Starts the next series. */
  begin(): void;
  /** Checks the next label of the series, given the positions of its name and value. */
  check(nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): LabelFault | undefined;
  /** The number of labels of the series so far. */
  count(): number;
  /** The kind of the label that was checked last. */
  kind(): LabelKind;
}

export const labelKinds = { other: 0, name: 1, instance: 2, job: 3 } as const;
export type LabelKind = (typeof labelKinds)[keyof typeof labelKinds];

const knownNames = (['__name__', 'instance', 'job'] as const).map((name) => Uint8Array.from(Buffer.from(name)));
const [nameLabel, instanceLabel, jobLabel] = knownNames as [Uint8Array, Uint8Array, Uint8Array];

/** Names at later places are always checked. */
const maxPlaces = 64;

export function createLabelCheck(bytes: Uint8Array, maxValueBytes: number): LabelCheck {
  /**
   * Positions and kinds of checked names by place. The first `places` of them are valid and in order. A different name at a
   * place invalidates the places behind it.
   */
  const starts = new Int32Array(maxPlaces);
  const ends = new Int32Array(maxPlaces);
  const kinds = new Uint8Array(maxPlaces);
  let places = 0;
  let [labels, previousStart, previousEnd] = [0, 0, 0];
  let kind: LabelKind = labelKinds.other;

  function isAsBefore(place: number, nameStart: number, nameEnd: number): boolean {
    if (place >= places) return false;
    const start = starts[place] as number;
    return (ends[place] as number) - start === nameEnd - nameStart && isRepeated(bytes, nameStart, nameEnd, start);
  }

  function checkName(place: number, nameStart: number, nameEnd: number): LabelFault | undefined {
    kind = kindOf(nameStart, nameEnd);
    places = Math.min(places, place);
    if (!isName(bytes, nameStart, nameEnd, labelClasses)) return 'label_name';
    if (place > 0 && compareBytes(bytes, previousStart, previousEnd, nameStart, nameEnd) >= 0) return 'label_order';
    if (place === places && place < maxPlaces) {
      starts[place] = nameStart;
      ends[place] = nameEnd;
      kinds[place] = kind;
      places += 1;
    }
    return undefined;
  }

  function kindOf(nameStart: number, nameEnd: number): LabelKind {
    if (isBytes(bytes, nameStart, nameEnd, nameLabel)) return labelKinds.name;
    if (isBytes(bytes, nameStart, nameEnd, instanceLabel)) return labelKinds.instance;
    return isBytes(bytes, nameStart, nameEnd, jobLabel) ? labelKinds.job : labelKinds.other;
  }

  return {
    begin() {
      labels = 0;
    },
    check(nameStart, nameEnd, valueStart, valueEnd) {
      const place = labels++;
      let fault: LabelFault | undefined;
      if (isAsBefore(place, nameStart, nameEnd)) kind = kinds[place] as LabelKind;
      else fault = checkName(place, nameStart, nameEnd);
      previousStart = nameStart;
      previousEnd = nameEnd;
      if (fault !== undefined) return fault;
      const length = valueEnd - valueStart;
      if (length === 0 || length > maxValueBytes || !isText(bytes, valueStart, valueEnd)) return 'label_value';
      if (kind === labelKinds.name && !isName(bytes, valueStart, valueEnd, metricClasses)) return 'no_name';
      return undefined;
    },
    count: () => labels,
    kind: () => kind,
  };
}
