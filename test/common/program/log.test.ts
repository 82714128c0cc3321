/** Lines of the log. */
import { describe, expect, test } from '@jest/globals';
import { createLog, type LogFormat, messageOf } from '../../../common/program/log.ts';
import { Secret } from '../../../common/program/settings/secret.ts';

function linesOf(format: LogFormat, write: (log: ReturnType<typeof createLog>) => void): string[] {
  const lines: string[] = [];
  write(createLog({ level: 'info', format, program: 'relay', write: (line) => lines.push(line) }));
  return lines;
}

describe('formats', () => {
  test('json: one object a line, with time, level and fields', () => {
    const [line = '', ...more] = linesOf('json', (log) => {
      log.debug('not shown');
      log
        .with({ part: 'a' })
        .warn('it "failed"\nhere', { count: 3, error: new Error('outer', { cause: new Error('inner') }) });
    });
    expect(more).toEqual([]);
    expect(line.endsWith('}\n')).toBe(true);
    const { ts, ...rest } = JSON.parse(line) as Record<string, unknown>;
    expect(Date.parse(String(ts))).toBeGreaterThan(Date.parse('2020-01-01'));
    expect(rest).toEqual({
      level: 'warn',
      program: 'relay',
      part: 'a',
      count: 3,
      error: 'outer: inner',
      msg: 'it "failed"\nhere',
    });
  });

  test('logfmt: quotes what needs it, and stays one line', () => {
    const [line = ''] = linesOf('logfmt', (log) => log.error('two words', { plain: 'x', odd: 'a="b"\nc', list: [1] }));
    expect(line).toMatch(/^level=error ts=\S+ program=relay plain=x odd="a=\\"b\\"\\nc" list=\[1\] msg="two words"\n$/);
  });
});

test('a secret is masked wherever it stands', () => {
  const secret = new Secret('tops3cret');
  const lines = linesOf('json', (log) => log.info(`key ${String(secret)}`, { secret, deep: { list: [secret] } }));
  expect(lines.join()).toContain('<secret>');
  expect(lines.join()).not.toContain('tops3cret');
});

test('whatever is handed over is written', () => {
  const circle: Record<string, unknown> = { big: 2n ** 64n, twice: [] };
  circle['itself'] = [circle];
  const shared = { a: 1 };
  const fields = { circle, none: undefined, deep: { error: new Error('inner') }, siblings: [shared, shared] };
  const [line = ''] = linesOf('json', (log) => log.info('odd', fields));
  expect(JSON.parse(line)).toMatchObject({
    circle: { big: '18446744073709551616', twice: [], itself: ['[circular]'] },
    deep: { error: 'inner' },
    siblings: [shared, shared],
    msg: 'odd',
  });
  const [text = ''] = linesOf('logfmt', (log) => log.info('odd', fields));
  expect(text).toContain(' siblings="[{\\"a\\":1},{\\"a\\":1}]" msg=odd\n');
  expect(text).not.toContain('none');
});

test('messageOf speaks for whatever was thrown', () => {
  expect(messageOf('text')).toBe('text');
  expect(messageOf(new TypeError(''))).toBe('TypeError');
  expect(messageOf(new Error('a', { cause: 'b' }))).toBe('a: b');
});

test('many logs of one process wait for one end of its reader', () => {
  const before = process.stderr.listenerCount('error');
  for (let count = 0; count < 20; count += 1) createLog({ level: 'info', format: 'json', program: 'relay' });
  expect(process.stderr.listenerCount('error') - before).toBeLessThanOrEqual(1);
  expect(process.stderr.listenerCount('error')).toBeGreaterThan(0);
});
