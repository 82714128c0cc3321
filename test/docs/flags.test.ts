// Subject: docs/scaling.md
/** Checks that every flag in the sentences and tables of README, docs/ and deploy/ is a flag of a program, and every variable a setting. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { allCommands } from '../../bin/all-commands.ts';
import { binaryPath } from '../support/binaries.ts';
import { hasFlag, helpOf } from '../support/deployed-programs.ts';
import { documents } from '../support/documented-commands/documented-commands.ts';
import { readMarkdownCode } from '../support/documented-commands/markdown-code.ts';
import { isVariable, root } from '../support/documented-commands/named-things.ts';

/** Flags of other programs, and hidden flags, which no help text lists. The documents must use each flag. */
const others: readonly string[] = [
  '--pinnedpubkey', // curl
  '--memory', // docker run
  '--nocheck', // smartctl
  '--tsdb.out-of-order.time-window', // Thanos Receive
  '--query-range.align-range-with-step', // Thanos' query frontend
  '--query.replica-label', // Thanos' Querier
  '--rule-file', // Thanos Ruler
  '--storage.tsdb.min-block-duration', // hidden in the help of Prometheus
];

const spans = documents
  .filter((document) => /^(?:README|docs\/|deploy\/)/.test(document))
  .flatMap((document) =>
    readMarkdownCode(readFileSync(join(root, document), 'utf8')).spans.map(({ line, text }) => ({
      place: `${document}:${line}`,
      text,
    })),
  );

test('every flag is a flag of hostpulse, Prometheus, Alertmanager, VictoriaMetrics or Node, or is listed', () => {
  const own = Object.values(allCommands()).flatMap(({ options }) => options.map(({ long }) => long ?? ''));
  const outputOf = (program: string, flag: string): string => {
    const { stdout, stderr } = spawnSync(program, [flag], { encoding: 'utf8' });
    return (stdout + stderr).replaceAll(/^ +-(?=[a-z])/gm, ' --');
  };
  const helps = [
    helpOf('prometheus'),
    helpOf('alertmanager'),
    outputOf(binaryPath('victoria-metrics'), '-help'),
    outputOf(binaryPath('vmalert'), '-help'),
    outputOf(process.execPath, '--v8-options'),
    [...process.allowedNodeEnvironmentFlags].join('\n'),
    readFileSync(join(root, 'deploy/agent/install.sh'), 'utf8'),
    '--help --version',
    ...others,
  ].join('\n');
  const found = spans.flatMap(({ place, text }) =>
    [...text.matchAll(/(?:^| )(--?[a-z][\w.-]*[\w*])(?![\w.-]*<)/g)]
      .filter(() => text.startsWith('-'))
      .map(([, flag = '']) => [place, flag] as const),
  );
  expect(found.length).toBeGreaterThan(100);
  const isKnown = (flag: string): boolean => {
    const name = flag.replace(/^--?(?:no-)?/, '--');
    if (name.endsWith('*')) return own.some((each) => each.startsWith(name.slice(0, -1)));
    return own.includes(name) || hasFlag(helps, name) || hasFlag(helps.replaceAll('_', '-'), name);
  };
  expect(found.filter(([, flag]) => !isKnown(flag))).toEqual([]);
  const used = new Set(found.map(([, flag]) => flag));
  expect(others.filter((flag) => !used.has(flag))).toEqual([]);
});

test('every variable of hostpulse is a setting', () => {
  const found = spans.flatMap(({ place, text }) =>
    [...text.matchAll(/\b(HOSTPULSE_[A-Z_]+[A-Z])\b/g)].map(([, name = '']) => [place, name] as const),
  );
  expect(found.length).toBeGreaterThan(1);
  expect(found.filter(([, name]) => !isVariable(name))).toEqual([]);
});
