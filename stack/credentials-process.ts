/**
 * Run by `up` as a process: creates the credentials of the data directory given as the only argument and prints the login
 * token. The database libraries and bcrypt end with the process instead of staying in the supervisor's memory.
 */
import { messageOf } from '../common/program/log.ts';
import { ensureCredentials } from './credentials.ts';
import { dataDirectory } from './data/data-directory.ts';

try {
  process.stdout.write(await ensureCredentials(dataDirectory(process.argv[2] as string)));
} catch (error) {
  process.stderr.write(messageOf(error));
  process.exitCode = 1;
}
