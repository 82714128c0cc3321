/** Writes grafana/dashboards/. With `--check`, writes nothing, names stale files and exits 1. */
import { generate } from '../common/program/generated-files.ts';
import { generatedFiles } from './generated.ts';

process.exitCode = generate(generatedFiles(), process.argv.slice(2));
