/** The child of password-check.ts: reads `[password, hash]` from standard input and prints whether they belong together. */
import { readFileSync } from 'node:fs';
import { compareSync } from 'bcryptjs';

/** The JSON on standard input. */
export type PasswordQuestion = readonly [password: string, hash: string];

const [password, hash] = JSON.parse(readFileSync(0, 'utf8')) as PasswordQuestion;
process.stdout.write(String(compareSync(password, hash)));
