/** Bundles the agent and all packages that it uses into one module. */
import { join } from 'node:path';
import { rolldown } from 'rolldown';

const root = join(import.meta.dirname, '..', '..', '..');

export interface Bundle {
  readonly code: string;
  /** Names of the npm packages in the bundle, sorted. */
  readonly packages: readonly string[];
}

/** Modules that are imported dynamically still run at the first import only. Names stay, so that stack traces can be read. */
export async function bundleAgent(): Promise<Bundle> {
  const bundle = await rolldown({
    input: join(root, 'bin', 'agent', 'agent.ts'),
    cwd: root,
    platform: 'node',
    logLevel: 'warn',
  });
  try {
    const minify = { compress: false, mangle: false, codegen: { removeWhitespace: true } };
    const { output } = await bundle.generate({ format: 'esm', codeSplitting: false, comments: false, minify });
    const [chunk] = output;
    if (output.length !== 1) throw new Error(`the bundle has ${output.length} files, expected 1`);
    const names = chunk.moduleIds.map((id) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1]);
    return { code: chunk.code, packages: [...new Set(names.filter((name) => name !== undefined))].sort() };
  } finally {
    await bundle.close();
  }
}
