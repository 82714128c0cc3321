/** The environment of programs that tests start from the sources: without the cache, each start strips the types of every file. */
import { join } from 'node:path';

export const compileCache = { NODE_COMPILE_CACHE: join(import.meta.dirname, '..', '..', 'data', 'compile-cache') };
