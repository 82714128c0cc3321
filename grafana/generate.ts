/** Writes grafana/dashboards/; with `--check` writes nothing and exits 1, naming each that is stale. */
import { generate } from '../common/program/generated-files.ts';
import { generatedFiles } from './generated.ts';

process.exitCode = generate(generatedFiles(), process.argv.slice(2));
