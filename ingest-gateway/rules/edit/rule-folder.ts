/** The folder from which Prometheus reads the rule files. Writes are atomic and durable. */
import { randomBytes } from 'node:crypto';
import { access, constants, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { HttpProblem } from '../../../common/http/problem.ts';
import { ruleFileEnding as ending, setAsideEnding } from '../../../common/prometheus/rule-file.ts';
import { ruleIdForm } from '../rule/rule-text.ts';

export interface RuleFolder {
  readonly path: string;
  /** Throws an `HttpProblem` 503 if the folder is not writable. */
  requireWritable(): Promise<void>;
  /** Returns undefined if the rule has no file. */
  tryRead(ruleId: string): Promise<string | undefined>;
  write(ruleId: string, text: string): Promise<void>;
  /** Does nothing if the rule has no file. */
  remove(ruleId: string): Promise<void>;
  /** Returns the ids of the files whose names are rule ids. */
  list(): Promise<readonly string[]>;
  /** Returns the paths of all rule files that Prometheus reads here, including those of users. */
  listFiles(): Promise<readonly string[]>;
  /** Returns the paths of the files that "hostpulse up" renamed because Prometheus does not start with them. */
  listSetAside(): Promise<readonly string[]>;
  /** Removes the temporary files of a gateway that was killed. */
  removeScratch(): Promise<void>;
  /** Calls `use` with the path of a temporary file with the text, which Prometheus does not read. */
  withScratch<T>(text: string, use: (path: string) => Promise<T>): Promise<T>;
}

const scratchForm = /^\.[0-9a-f]{16}\.hostpulse-tmp$/;

export function createRuleFolder(path: string): RuleFolder {
  const pathOf = (ruleId: string): string => join(path, `${ruleId}${ending}`);
  const names = async (): Promise<string[]> => (await readdir(path)).filter((name) => name.endsWith(ending)).sort();

  async function write(ruleId: string, text: string): Promise<void> {
    const scratch = await writeScratch(path, text);
    try {
      await rename(scratch, pathOf(ruleId));
    } catch (cause) {
      await rm(scratch, { force: true });
      throw cause;
    }
    await syncFolder(path);
  }

  return {
    path,
    write,
    async requireWritable() {
      try {
        if (!(await stat(path)).isDirectory()) throw new Error('not a folder');
        await access(path, constants.W_OK | constants.R_OK | constants.X_OK);
      } catch (cause) {
        throw new HttpProblem(503, 'rules cannot be changed: the folder rules.custom_directory is not writable', {
          cause,
          headers: { 'Retry-After': '60' },
        });
      }
    },
    async tryRead(ruleId) {
      try {
        return await readFile(pathOf(ruleId), 'utf8');
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw cause;
      }
    },
    async remove(ruleId) {
      await rm(pathOf(ruleId), { force: true });
      await syncFolder(path);
    },
    async list() {
      return (await names()).map((name) => basename(name, ending)).filter((name) => ruleIdForm.test(name));
    },
    listFiles: async () => (await names()).map((name) => join(path, name)),
    async listSetAside() {
      const all = await readdir(path);
      return all
        .filter((name) => name.includes(`${ending}${setAsideEnding}`))
        .sort()
        .map((name) => join(path, name));
    },
    async removeScratch() {
      for (const name of await readdir(path)) if (scratchForm.test(name)) await rm(join(path, name), { force: true });
    },
    async withScratch(text, use) {
      const scratch = await writeScratch(path, text);
      try {
        return await use(scratch);
      } finally {
        await rm(scratch, { force: true });
      }
    },
  };
}

/** Prometheus may run as another user. */
const fileMode = 0o644;

async function writeScratch(folder: string, text: string): Promise<string> {
  const path = join(folder, `.${randomBytes(8).toString('hex')}.hostpulse-tmp`);
  const file = await open(path, 'wx', fileMode);
  try {
    await file.chmod(fileMode); // the umask may have removed bits
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  return path;
}

/** Makes a rename or removal durable. Windows has no such call. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
