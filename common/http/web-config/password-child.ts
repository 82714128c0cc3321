/** The child of password-check.ts: reads `[password, hash]` from standard input and prints whether they belong together. */
import { readFileSync } from 'node:fs';
import { compareSync } from 'bcryptjs';

const [password, hash] = JSON.parse(readFileSync(0, 'utf8')) as [string, string];
process.stdout.write(String(compareSync(password, hash)));
