/** Log lines in both formats. */
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

  test('logfmt: quotes values with blanks, quotes and equals signs, on one line', () => {
    const [line = ''] = linesOf('logfmt', (log) => log.error('two words', { plain: 'x', odd: 'a="b"\nc', list: [1] }));
    expect(line).toMatch(/^level=error ts=\S+ program=relay plain=x odd="a=\\"b\\"\\nc" list=\[1\] msg="two words"\n$/);
  });
});

describe('stacks of errors', () => {
  const inner = new Error('no such file');
  const outer = new TypeError('reading web.yml', { cause: inner });

  test('json, level error: name, message and stack of the error and its cause, on one line', () => {
    const lines = linesOf('json', (log) => log.error('failed', { error: outer, count: 1 }));
    expect(lines).toHaveLength(1);
    expect(lines[0]?.indexOf('\n')).toBe((lines[0]?.length ?? 0) - 1);
    const parsed = JSON.parse(lines[0] ?? '') as Record<string, string>;
    expect(Object.keys(parsed)).toEqual(['level', 'ts', 'program', 'error', 'count', 'msg', 'error.stack']);
    expect(parsed['error']).toBe('reading web.yml: no such file');
    const [first = '', ...more] = (parsed['error.stack'] ?? '').split('\n');
    expect(first).toBe('TypeError: reading web.yml');
    const cause = more.indexOf('caused by: Error: no such file');
    const frames = [...more.slice(0, cause), ...more.slice(cause + 1)];
    expect(cause).toBeGreaterThan(1);
    expect(frames.length).toBeGreaterThan(cause + 1);
    for (const frame of frames) expect(frame).toMatch(/^at /);
    expect(more[0]).toContain('log.test.ts');
  });

  test('logfmt: the same, frames separated by semicolons', () => {
    const [line = ''] = linesOf('logfmt', (log) => log.error('failed', { error: outer }));
    expect(line).toMatch(
      / error="reading web\.yml: no such file" msg=failed error\.stack="TypeError: reading web\.yml; at [^\n]*log\.test\.ts[^\n]*; caused by: Error: no such file; at [^\n]*"\n$/,
    );
  });

  test.each([
    ['info', 'warn', false],
    ['info', 'info', false],
    ['info', 'error', true],
    ['debug', 'warn', true],
    ['debug', 'debug', true],
  ] as const)('log level %s, line of level %s: %s', (level, own, hasStack) => {
    const lines: string[] = [];
    createLog({ level, format: 'json', program: 'relay', write: (line) => lines.push(line) })[own]('x', {
      error: outer,
    });
    expect(lines.map((line) => line.includes('error.stack'))).toEqual([hasStack]);
    expect(lines[0]).toContain('"error":"reading web.yml: no such file"');
  });

  test('a secret in a field of the error is not written', () => {
    const error = Object.assign(new Error('refused'), { token: new Secret('tops3cret') });
    const [line = ''] = linesOf('json', (log) => log.error('failed', { error, nested: { error } }));
    expect(line).toContain('error.stack');
    expect(line).not.toContain('tops3cret');
  });

  test('causes that form a circle end', () => {
    const first = new Error('a');
    const second = new Error('b', { cause: first });
    first.cause = second;
    expect(messageOf(first)).toBe('a: b');
    expect(linesOf('json', (log) => log.error('x', { error: first }))).toHaveLength(1);
  });
});

test('a secret is masked at any depth', () => {
  const secret = new Secret('tops3cret');
  const lines = linesOf('json', (log) => log.info(`key ${String(secret)}`, { secret, deep: { list: [secret] } }));
  expect(lines.join()).toContain('<secret>');
  expect(lines.join()).not.toContain('tops3cret');
});

test('values that JSON cannot hold are written all the same', () => {
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

test('messageOf accepts any thrown value', () => {
  expect(messageOf('text')).toBe('text');
  expect(messageOf(new TypeError(''))).toBe('TypeError');
  expect(messageOf(new Error('a', { cause: 'b' }))).toBe('a: b');
});

test('many logs of a process add one listener to stderr', () => {
  const before = process.stderr.listenerCount('error');
  for (let count = 0; count < 20; count += 1) createLog({ level: 'info', format: 'json', program: 'relay' });
  expect(process.stderr.listenerCount('error') - before).toBeLessThanOrEqual(1);
  expect(process.stderr.listenerCount('error')).toBeGreaterThan(0);
});
