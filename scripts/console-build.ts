/** Builds the page of `console/` into a folder, with hashed file names and a Brotli and a gzip copy of each file. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'vite';

const root = join(import.meta.dirname, '..');

export async function buildConsole(folder: string): Promise<void> {
  await build({
    root: join(root, 'console'),
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      outDir: folder,
      emptyOutDir: true,
      target: ['chrome123', 'firefox125', 'safari17.5'],
      modulePreload: false,
      reportCompressedSize: false,
      // The Content-Security-Policy allows no images in scripts.
      assetsInlineLimit: 0,
    },
  });
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    if (/\.(?:html|js|css|svg)$/.test(name)) pack(join(folder, name));
}

function pack(file: string): void {
  const content = readFileSync(file);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
  writeFileSync(`${file}.br`, brotliCompressSync(content, { params }));
  writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
}

if (import.meta.main) {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) throw new Error('usage: node scripts/console-build.ts FOLDER');
  await buildConsole(resolve(folder));
}
