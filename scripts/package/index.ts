/** `npm run package` builds the packages of a release into release/. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { agentBuilders, type Builder } from './agent-artefacts.ts';
import { readRelease, root } from './content/release.ts';
import { serverBuilders } from './server-artefacts.ts';

/** Builds the packages that `--only` names (`agent-linux-x64`; repeatable), all without it, into `--out` (release/). */
export async function packageRelease(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { only: { type: 'string', multiple: true }, out: { type: 'string', default: join(root, 'release') } },
  });
  const release = readRelease(process.env);
  const agents = agentBuilders(release);
  const builders = new Map([...agents, ...serverBuilders(release, agents)]);
  const wanted = values.only ?? [...builders.keys()];
  const unknown = wanted.filter((name) => !builders.has(name));
  if (unknown.length > 0)
    throw new Error(`--only: expected ${[...builders.keys()].join(', ')}, got ${unknown.join(', ')}`);
  mkdirSync(values.out, { recursive: true });
  for (const name of wanted) {
    process.stderr.write(`hostpulse: building ${name}\n`);
    const { file, content } = await (builders.get(name) as Builder)();
    // A reader of release/ finds complete files only.
    writeFileSync(join(values.out, `.${file}`), content);
    renameSync(join(values.out, `.${file}`), join(values.out, file));
    process.stdout.write(`${join(values.out, file)} ${(content.length / 1e6).toFixed(1)} MB\n`);
  }
  writeSums(values.out);
}

/** Writes the file SHA256SUMS with the checksum of each package in the folder. */
function writeSums(folder: string): void {
  const names = readdirSync(folder).filter((name) => /^hostpulse.*\.(?:tar\.gz|deb|rpm|zip|tgz)$/.test(name));
  const lines = names.sort().map((name) => {
    const digest = createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex');
    return `${digest}  ${name}\n`;
  });
  writeFileSync(join(folder, 'SHA256SUMS'), lines.join(''));
}
