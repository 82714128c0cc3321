/** Matchers mean what they mean in Alertmanager: its amtool routes by each of them as the cases say. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { renderMatcher } from '../../common/alertmanager/matchers.ts';
import { binaryPath } from '../support/binaries.ts';
import { type MatcherCase, matcherCases, utf8MatcherCases } from '../support/matcher-cases.ts';

const amtool = binaryPath('amtool');
const folder = mkdtempSync(join(tmpdir(), 'hostpulse-amtool-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Returns the receivers, or undefined if amtool refuses the configuration. */
function route(matchers: readonly string[], label: string, value: string): readonly string[] | undefined {
  const file = join(folder, 'alertmanager.yml');
  const routes = matchers.map((matcher, at) => ({ matchers: [matcher], receiver: `r${at}`, continue: true }));
  const receivers = ['none', ...routes.map(({ receiver }) => receiver)].map((name) => ({ name }));
  writeFileSync(file, JSON.stringify({ route: { receiver: 'none', routes }, receivers }));
  const labels = renderMatcher({ name: label, value, isRegex: false, isEqual: true });
  const { status, stdout } = spawnSync(amtool, ['config', 'routes', 'test', `--config.file=${file}`, labels], {
    encoding: 'utf8',
  });
  return status === 0 ? stdout.trim().split('\n').at(-1)?.split(',') : undefined; // warnings come first
}

function confirm(cases: readonly MatcherCase[]): void {
  const valid = cases.filter(([, , , matches]) => matches !== undefined);
  const keys = [...new Set(valid.map(([, label, value]) => JSON.stringify([label, value])))];

  test.each(keys)('%s', (key) => {
    const [label = '', value = ''] = JSON.parse(key) as string[];
    const asked = valid.filter(([, name, text]) => name === label && text === value);
    const found = route(
      asked.map(([matcher]) => matcher),
      label,
      value,
    );
    const expected = asked.flatMap(([, , , matches], at) => (matches === true ? [`r${at}`] : []));
    expect(found).toEqual(expected.length === 0 ? ['none'] : expected);
  });

  test.each(cases.filter(([, , , matches]) => matches === undefined))('%s is refused', (matcher, label, value) => {
    expect(route([matcher], label, value)).toBeUndefined();
  });
}

describe('the classic syntax', () => confirm(matcherCases));

const [, minor = '0'] = /version 0\.(\d+)/.exec(spawnSync(amtool, ['--version'], { encoding: 'utf8' }).stdout) ?? [];
const describeUtf8 = Number(minor) >= 27 ? describe : describe.skip;

describeUtf8('the UTF-8 syntax', () => confirm(utf8MatcherCases));
