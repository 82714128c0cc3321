/**
 * Run by `up` as a process, because yaml would stay in the supervisor's memory: takes a list of `PartFile` as JSON in its only
 * argument and prints the problems as JSON.
 */
import { type PartFile, partFileProblems } from './part-settings.ts';

process.stdout.write(JSON.stringify(partFileProblems(JSON.parse(process.argv[2] as string) as readonly PartFile[])));
