import { describe, expect, test } from '@jest/globals';
import { parseTrips, renderTrips, walkTrip } from '../../scripts/trips.ts';
import { sourceTree } from '../support/source-tree.ts';

const tree = sourceTree({
  'main.ts': "import { serve } from './server.ts';\nimport { read } from './read.ts';",
  'server.ts': "import { log } from './log.ts';\nimport type { Read } from './types.ts';\nexport function serve() {}",
  'read.ts': "import { parse } from './parse.ts';\nexport const read = () => parse();",
  'parse.ts': 'export function parse() { function word() {} return word; }',
  'log.ts': 'export const log = 1;',
  'types.ts': 'export type Read = () => void;',
  'far.ts': 'export function far() {}',
});
const way = ['server.ts#serve', 'read.ts#read', 'parse.ts#parse', 'parse.ts#word'];
const aside = { 'main.ts': 'assembly', 'log.ts': 'logging' } as const;

describe('a walk', () => {
  test('counts the distinct files of the way', () => {
    expect(walkTrip({ way, aside }, tree)).toEqual({ files: ['server.ts', 'read.ts', 'parse.ts'], problems: [] });
  });

  test('a file or a function that does not exist is named', () => {
    const { problems } = walkTrip({ way: [...way, 'parse.ts#gone', 'gone.ts#parse'], aside }, tree);
    expect(problems).toEqual([
      'parse.ts has no gone',
      'gone.ts does not exist',
      'no import connects parse.ts#gone and gone.ts#parse',
    ]);
  });

  test('neighbours must be connected, over files of the way or over assembly', () => {
    expect(walkTrip({ way, aside: { 'log.ts': 'logging' } }, tree).problems).toEqual([
      'no import connects server.ts#serve and read.ts#read',
    ]);
    expect(walkTrip({ way: [...way, 'far.ts#far'], aside }, tree).problems).toEqual([
      'no import connects parse.ts#word and far.ts#far',
    ]);
    expect(walkTrip({ way: [...way, { handover: 'HTTP' }, 'far.ts#far'], aside }, tree).problems).toEqual([]);
  });

  test('an import of a value is on the way or aside; an import of a type need not be', () => {
    expect(walkTrip({ way, aside: { 'main.ts': 'assembly' } }, tree).problems).toEqual([
      'server.ts:1 imports log.ts: on the way, or aside?',
    ]);
  });

  test('an aside that no file of the way imports, or that is on the way, is reported', () => {
    expect(walkTrip({ way, aside: { ...aside, 'far.ts': 'metrics', 'parse.ts': 'types' } }, tree).problems).toEqual([
      'parse.ts is on the way and aside',
      'aside far.ts: no file of the way imports it',
    ]);
  });

  test('an aside may be a folder', () => {
    const folders = sourceTree({ 'a.ts': "import './log/x.ts';\nexport function a() {}", 'log/x.ts': '' });
    expect(walkTrip({ way: ['a.ts#a'], aside: { 'log/': 'logging' } }, folders)).toEqual({
      files: ['a.ts'],
      problems: [],
    });
  });
});

test('the list is read strictly', () => {
  const text = (trip: object) =>
    JSON.stringify({ trips: [{ name: 'n', item: 'i', wanted: 8, way: [], aside: {}, ...trip }] });
  expect(parseTrips(text({}))).toEqual([{ name: 'n', item: 'i', wanted: 8, way: [], aside: {} }]);
  expect(() => parseTrips(text({ way: ['a.ts'] }))).toThrow(/expected file#function/);
  expect(() => parseTrips(text({ aside: { 'a.ts': 'boring' } }))).toThrow(/assembly/);
  expect(() => parseTrips(text({ want: 8 }))).toThrow(/want/);
});

test('the table shows a dash for a trip that has no way yet', () => {
  const trip = (name: string, wanted: number) => ({ name, item: 'i', wanted, way: [], aside: {} });
  const rows = [
    { trip: trip('/proc to the answer', 8), walk: { files: ['a.ts', 'b.ts'], problems: [] }, lines: 120 },
    { trip: trip('alert', 14), walk: { files: [], problems: [] }, lines: 0 },
  ];
  expect(renderTrips(rows)).toBe(
    'trip                 today  wanted  lines\n/proc to the answer      2       8    120\nalert                    -      14      0\n',
  );
});
