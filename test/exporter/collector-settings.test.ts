/** Settings generated from the list of collectors. */
import { describe, expect, test } from '@jest/globals';
import { collectorSettings } from '../../exporter/collector-settings.ts';
import { collectors } from '../../exporter/collectors/index.ts';
import { createPortableCollectors } from '../../exporter/portable/index.ts';

const portable = createPortableCollectors();

describe('the portable collectors', () => {
  test('have no name and no flag that the procfs collectors lack: settings are generated from those', () => {
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

describe('the flag textfile.directory', () => {
  const { 'flag:textfile.directory': setting } = collectorSettings(collectors);

  test('is spelled as in node_exporter, like that of power supplies', () => {
    expect(setting?.flag).toBe('collector.textfile.directory');
    const { 'flag:powersupplyclass.ignored-supplies': supplies } = collectorSettings(collectors);
    expect(supplies?.flag).toBe('collector.powersupply.ignored-supplies');
  });

  test('may be repeated, and does not split at commas', () => {
    expect(setting?.isList).toBe(true);
    expect(setting?.parse(['/a,b', '/c'])).toEqual({ value: '/a,b\n/c' });
    expect(setting?.parse('/a')).toEqual({ value: '/a' });
    expect(setting?.parse([1])).toHaveProperty('faults');
    expect(setting?.print('/a\n/b')).toEqual(['/a', '/b']);
  });
});
