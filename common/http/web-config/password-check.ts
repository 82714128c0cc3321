/**
 * Compares passwords with bcrypt hashes in a child process: a comparison of cost 12 takes seconds in a process whose V8 does
 * not optimize, and no other request would be served meanwhile. The password reaches the child by its standard input.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { childEnvironment } from '../../program/child-environment.ts';
import type { PasswordQuestion } from './password-child.ts';

const timeoutMs = 60_000;
/** The command of the single executable that runs the child. */
export const passwordChildCommand = 'compare-password';

/** The child is a file beside this one, as source or compiled; a single executable runs itself. */
function childArguments(): readonly string[] {
  if (process.getBuiltinModule('node:sea').isSea()) return [passwordChildCommand];
  const extension = import.meta.filename.endsWith('.ts') ? 'ts' : 'js';
  return [join(import.meta.dirname, `password-child.${extension}`)];
}

/** Returns whether the password has the hash. Rejects when the child fails. */
export function comparePassword(password: string, hash: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    // Empty options: the child runs with V8's defaults and not with the flags of this process.
    const env = { ...childEnvironment(process.env), NODE_OPTIONS: '' };
    const child = execFile(process.execPath, childArguments(), { timeout: timeoutMs, env }, (error, output) => {
      if (error !== null) reject(new Error('the child that compares passwords failed', { cause: error }));
      else resolve(output === 'true');
    });
    // A child that ends early reports its own error.
    child.stdin?.on('error', () => undefined);
    const question: PasswordQuestion = [password, hash];
    child.stdin?.end(JSON.stringify(question));
  });
}
