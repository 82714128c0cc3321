/** Runs the tasks of the scripts in package.json. */
import { existsSync, globSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { CommandFailed, run } from './run-command.ts';
import { runProjects } from './test-run.ts';
import { testVersions } from './test-versions.ts';
import { ensureMachineTools } from './tools/machine-tools.ts';
import { ensureSuite } from './tools/program-sets.ts';
import { ensureTools, stackTools, testTools } from './tools/tools.ts';

const root = join(import.meta.dirname, '..');
process.chdir(root);

type Task = (args: readonly string[]) => Promise<void>;

/** Compiles to dist/ when a source is newer. Builds into dist.new/ and renames it, so that a running stack finds complete files. */
async function build(): Promise<void> {
  if (existsSync('dist') && newestSourceMs() <= statSync('dist').mtimeMs) return;
  const startedAt = new Date();
  rmSync('dist.new', { recursive: true, force: true });
  await run('tsc', ['-p', 'tsconfig.build.json', '--outDir', 'dist.new']);
  const { buildConsole } = await import('./console-build.ts'); // Vite loads slowly
  await buildConsole(join(root, 'dist.new', 'console'));
  rmSync('dist', { recursive: true, force: true });
  renameSync('dist.new', 'dist');
  utimesSync('dist', startedAt, startedAt);
}

function newestSourceMs(): number {
  const sources = globSync(['tsconfig*.json', 'package.json', '*/**/*.ts', 'console/**'], {
    exclude: (name) => /^(?:node_modules|dist(?:\.new)?|data|test)$/.test(name),
  });
  return Math.max(...sources.map((file) => statSync(file).mtimeMs));
}

/** Writes the generated files. With `--check`, writes nothing and fails when a file is stale. */
async function generate(args: readonly string[]): Promise<void> {
  for (const generator of [
    'rules/generate.ts',
    'alert-relay/generate.ts',
    'grafana/generate.ts',
    'exporter/docs/collectors-page.ts',
    'scripts/helm-files.ts',
  ])
    await run('node', [generator, ...args]);
}

/** Returns the task that builds and runs a benchmark of bench/. */
function bench(name: string): Task {
  return async (args) => {
    ensureTestTools();
    await build();
    await run('node', [`dist/bench/${name}.js`, ...args]);
  };
}

async function analyse(): Promise<void> {
  for (const project of ['.', 'console']) await run('tsc', ['--noEmit', '-p', project]);
  await run('oxlint', ['--type-aware', '--deny-warnings']);
  await run('biome', ['check', '.']);
  await generate(['--check']);
  await run('node', ['scripts/check/index.ts']);
  await run('node', ['scripts/trips.ts']);
}

/** Tests of code that runs on every operating system. They need only Node. */
const portableTests = [
  'console',
  'exporter/portable/index',
  'exporter/portable/systeminformation/bounded',
  'exporter/collector-settings',
];

/** Downloads missing programs of the tests, and the suite bookworm, whose node_exporter the tests compare with the exporter. */
function ensureTestTools(): void {
  ensureTools(testTools);
  ensureSuite('bookworm');
}

/** Also downloads the suite forky: end-to-end tests compare collectors that the node_exporter of bookworm lacks. */
function ensureEndToEndTools(): void {
  ensureTestTools();
  ensureSuite('forky');
}

const tasks: Readonly<Record<string, Task>> = {
  build,
  generate,
  /** Prepares `hostpulse up`, which launch.cjs runs next. */
  async start() {
    await build();
    ensureTools(stackTools);
  },
  async check(args) {
    ensureTestTools();
    await analyse();
    await runProjects(['unit'], args);
  },
  async 'check:portable'(args) {
    await build();
    await analyse();
    await runProjects(['unit'], [...portableTests.map((name) => `test/${name}`), ...args]);
  },
  async test(args) {
    ensureEndToEndTools();
    await build();
    await analyse();
    await runProjects(['unit', 'e2e'], args);
  },
  async 'test:unit'(args) {
    ensureTestTools();
    await runProjects(['unit'], args);
  },
  async 'test:e2e'(args) {
    ensureEndToEndTools();
    await build();
    await runProjects(['e2e'], args);
  },
  async 'test:faults'(args) {
    ensureTestTools();
    await build();
    await runProjects(['faults'], args);
  },
  async 'test:versions'(args) {
    ensureTestTools();
    await build();
    await testVersions(args);
  },
  async 'test:stack'(args) {
    ensureTestTools();
    await build();
    await run('node', ['test/stack/all-series.ts', ...args]);
  },
  async 'test:install'(args) {
    ensureMachineTools();
    await run('node', ['test/install/install.ts', ...args]);
  },
  async 'test:units'(args) {
    ensureMachineTools();
    await run('node', ['test/units/units.ts', ...args]);
  },
  'test:containers': (args) => run('node', ['test/containers/containers.ts', ...args]),
  async 'test:scale-out'(args) {
    ensureTestTools();
    await build();
    await run('node', ['test/scale-out/scale-out.ts', ...args]);
  },
  'test:packages': (args) => run('node', ['test/packages/all-packages.ts', ...args]),
  async package(args) {
    const { packageRelease } = await import('./package/index.ts'); // the bundler loads slowly
    await packageRelease(args);
  },
  trips: (args) => run('node', ['scripts/trips.ts', ...args]),
  'bench:exporter': bench('exporter'),
  'bench:exporter-soak': bench('exporter-soak'),
  'bench:gateway': bench('gateway'),
  'bench:api': bench('api'),
  'bench:alert': bench('alert'),
  'bench:dashboard': bench('dashboard'),
  'bench:scale': bench('scale'),
  'bench:stack': bench('stack'),
};

const [name = '', ...args] = process.argv.slice(2);
try {
  const task = tasks[name];
  if (task === undefined) throw new Error(`no task "${name}"; there are ${Object.keys(tasks).join(', ')}`);
  await task(args);
} catch (error) {
  process.stderr.write(`hostpulse: ${Error.isError(error) ? error.message : String(error)}\n`);
  process.exitCode = error instanceof CommandFailed ? error.exitCode : 1;
}
