/** The list of portable collectors beside the one for procfs, from which flags and settings are made. */
import { describe, expect, test } from '@jest/globals';
import { collectors } from '../../exporter/collectors/index.ts';
import { createPortableCollectors } from '../../exporter/portable/index.ts';

const portable = createPortableCollectors();

describe('the list', () => {
  test('has no name and no flag that the list for procfs lacks: settings are made from that one', () => {
    for (const { name, flags } of portable) {
      const twin = collectors.find((each) => each.name === name);
      const known = twin?.flags.map((each) => each.name) ?? [];
      expect([name, twin?.name, flags.map((each) => each.name).filter((each) => !known.includes(each))]).toEqual([
        name,
        name,
        [],
      ]);
    }
  });
});
