/** `hostpulse rules generate`: writes rules, their promtool cases and dashboards for an existing Prometheus. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { isPattern } from '../../common/alertmanager/pattern.ts';
import { parseDuration } from '../../common/program/settings/units.ts';
import { readDashboardsFor } from '../../grafana/adapt.ts';
import {
  type ExistingPrometheus,
  existingRuleFiles,
  type OutputFile,
  renderPrometheusRule,
} from '../../rules/existing/files.ts';
import { matchesJob, tryMatchingJob, tryOtherJob } from '../../rules/existing/job-example.ts';
import { fleetOf } from '../../rules/fleet.ts';
import { UsageFault } from '../cli/gateway-client.ts';
import { addExamples } from '../cli/help/examples.ts';
import { print } from '../cli/table.ts';

/** Adds the command, which needs no gateway. */
export function addGenerateCommand(command: Command): Command {
  return addExamples(
    command.command('generate'),
    ["--scrape-interval 15s --job 'node.*'", 'write rules and dashboards into ./hostpulse-rules'],
    ['--scrape-interval 30s --job node-exporter --format prometheusrule', 'add a resource for the Prometheus operator'],
  )
    .description('write recording rules, alerts, promtool cases and dashboards for an existing Prometheus')
    .requiredOption('--scrape-interval <duration>', 'interval at which it scrapes node_exporter, 5s to 60s')
    .requiredOption('--job <regex>', 'regular expression (RE2, anchored) of the jobs of node_exporter')
    .option('--example-job <job>', 'a job that --job matches, for the promtool cases; default: derived from --job')
    .option(
      '--format <format>',
      'prometheus: rule files; prometheusrule: also a resource of the operator',
      'prometheus',
    )
    .option('--output-dir <path>', 'directory to write; its earlier files are overwritten', 'hostpulse-rules')
    .action(generateRules);
}

interface GenerateFlags {
  readonly scrapeInterval: string;
  readonly job: string;
  readonly exampleJob?: string;
  readonly format: string;
  readonly outputDir: string;
}

function generateRules({ scrapeInterval, job, exampleJob, format, outputDir }: GenerateFlags): void {
  if (format !== 'prometheus' && format !== 'prometheusrule')
    throw new UsageFault(`--format: expected prometheus or prometheusrule, got "${format}"`);
  const prometheus: ExistingPrometheus = { ...jobsOf(job, exampleJob), intervalSeconds: secondsOf(scrapeInterval) };
  for (const { path, text } of filesFor(prometheus, format)) {
    const file = join(outputDir, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    print(file);
  }
}

function filesFor(prometheus: ExistingPrometheus, format: 'prometheus' | 'prometheusrule'): readonly OutputFile[] {
  const { jobPattern, intervalSeconds } = prometheus;
  const dashboards = readDashboardsFor({ intervalSeconds, job: fleetOf(jobPattern, intervalSeconds).up });
  return [
    ...existingRuleFiles(prometheus),
    ...(format === 'prometheusrule' ? [{ path: 'prometheusrule.yaml', text: renderPrometheusRule(prometheus) }] : []),
    ...dashboards.map(({ name, text }) => ({ path: `dashboards/${name}`, text })),
  ];
}

/** Beyond 60 s a lookback of 5 minutes holds too few scrapes for a rate; below 5 s the recorded tiers bring nothing. */
function secondsOf(scrapeInterval: string): number {
  const intervalMs = parseDuration(scrapeInterval);
  if (intervalMs !== undefined && intervalMs % 1_000 === 0 && intervalMs >= 5_000 && intervalMs <= 60_000)
    return intervalMs / 1_000;
  throw new UsageFault(`--scrape-interval: expected whole seconds from 5s to 60s, got "${scrapeInterval}"`);
}

function jobsOf(jobPattern: string, example: string | undefined) {
  if (jobPattern === '' || !isPattern(jobPattern))
    throw new UsageFault(`--job: expected a regular expression (RE2), got "${jobPattern}"`);
  if (example !== undefined && !matchesJob(jobPattern, example))
    throw new UsageFault(`--example-job: expected a job that ${jobPattern} matches, got "${example}"`);
  const job = example ?? tryMatchingJob(jobPattern);
  if (job === undefined)
    throw new UsageFault(`--example-job: expected a job that ${jobPattern} matches: none could be derived`);
  return { jobPattern, job, otherJob: tryOtherJob(jobPattern) };
}
