/** What the rules are worked on with, started and stopped with the gateway. */
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpProblem } from '../../../common/http/problem.ts';
import { type Log, messageOf } from '../../../common/program/log.ts';
import type { PrometheusConnection } from '../../../common/prometheus/connection.ts';
import { createPromtool, type Promtool, type PromtoolFault } from '../../../common/prometheus/promtool.ts';
import type { Database } from '../../../common/store/schema.ts';
import { reloadPrometheus } from '../../prometheus/rules-api.ts';
import type { SetAsideFile } from '../response.ts';
import { readRuleFileOwner } from '../rule-store.ts';
import type { RuleDefinition } from '../schema.ts';
import { blameOthers } from './broken-rule-file.ts';
import { createEditLock, type EditLock } from './edit-lock.ts';
import { reconcileRules } from './reconcile.ts';
import { createRuleFolder, type RuleFolder } from './rule-folder.ts';
import { renderRuleText } from './rule-text.ts';

export interface RulePartsOptions {
  readonly db: Database;
  readonly prometheus: PrometheusConnection;
  readonly alertmanager: PrometheusConnection;
  readonly log: Log;
  readonly now: () => number;
  /** Undefined: rules can be read, not written. */
  readonly folderPath: string | undefined;
  readonly intervalMs: number;
  readonly promtoolPath: string;
}

export interface Writing {
  readonly folder: RuleFolder;
  readonly owner: string;
  readonly intervalMs: number;
  readonly promtool: Promtool;
  /** Reconciles once more, in the background. */
  readonly onUnread: () => void;
}

export interface RuleParts {
  readonly db: Database;
  readonly prometheus: PrometheusConnection;
  readonly alertmanager: PrometheusConnection;
  readonly lock: EditLock;
  readonly log: Log;
  readonly now: () => number;
  /** Throws an `HttpProblem` 503 when rules cannot be written. */
  requireFolder(): Promise<Writing>;
  /** What promtool says of a rule; undefined as well where it cannot be asked. */
  tryPromtool(rule: RuleDefinition): Promise<PromtoolFault | undefined>;
  /** Users' own files that Prometheus does not read. */
  setAside(): Promise<SetAsideFile[]>;
  /** Reconciles in the background; Prometheus reads the files as soon as it answers. */
  start(): void;
  /** Idempotent. */
  stop(): Promise<void>;
}

const firstRetryMs = 2_000;
const maxRetryMs = 60_000;
const noFolder = 'rules cannot be changed: this gateway has no rules.custom_directory';

export function createRuleParts(options: RulePartsOptions): RuleParts {
  const { db, prometheus, alertmanager, log, now, folderPath, intervalMs } = options;
  const folder = folderPath === undefined ? undefined : createRuleFolder(folderPath);
  const promtool = createPromtool(options.promtoolPath);
  const lock = createEditLock({ db, log, now });
  const stopping = new AbortController();
  let reconciling: Promise<void> = Promise.resolve();
  let isWaiting = false;

  async function requireFolder(): Promise<Writing> {
    if (folder === undefined) throw new HttpProblem(503, noFolder, { headers: { 'Retry-After': '60' } });
    await folder.requireWritable();
    return { folder, owner: await readRuleFileOwner(db), intervalMs, promtool, onUnread: reconcileLater };
  }

  /** Tries until the files are as SQL has the rules and Prometheus has read them. */
  async function reconcile(): Promise<void> {
    const { signal } = stopping;
    for (let retryMs = firstRetryMs; !signal.aborted; retryMs = Math.min(2 * retryMs, maxRetryMs)) {
      try {
        await lock.run(
          async () => {
            const writing = await requireFolder();
            const hasOwn = await reconcileRules({ db, log, ...writing });
            if (hasOwn && !(await reloadPrometheus(prometheus, signal)))
              throw await blameOthers(writing.folder, promtool);
          },
          { waitMs: Number.POSITIVE_INFINITY, signal },
        );
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (retryMs === firstRetryMs)
          log.warn('the rules may not be in Prometheus as they should be; trying on', { error: messageOf(error) });
      }
      await sleep(retryMs, undefined, { signal }).catch(ignoreAbort);
    }
  }

  /** At most one more waits: it finds all that there is to do. */
  function reconcileLater(): void {
    if (isWaiting) return;
    isWaiting = true;
    reconciling = reconciling.then(() => {
      isWaiting = false;
      return reconcile();
    });
  }

  return {
    db,
    prometheus,
    alertmanager,
    lock,
    log,
    now,
    requireFolder,
    async tryPromtool(rule) {
      if (folder === undefined) return undefined;
      const text = renderRuleText({ ruleId: 'rule-00000000', rule, owner: '', intervalMs });
      try {
        return await folder.withScratch(text, promtool);
      } catch (error) {
        log.debug('promtool is not asked', { error: messageOf(error) });
        return undefined;
      }
    },
    async setAside() {
      const files = (await folder?.listSetAside().catch(ignoreMissing)) ?? [];
      return Promise.all(
        files.map(async (file) => {
          const fault = (await promtool(file))?.message;
          return { file: basename(file), ...(fault === undefined ? {} : { fault }) };
        }),
      );
    },
    start() {
      if (folder !== undefined) reconcileLater();
    },
    async stop() {
      stopping.abort();
      await reconciling;
    },
  };
}

/** Without the folder no rule can be written, which is said where one is. */
function ignoreMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}

function ignoreAbort(error: unknown): void {
  if ((error as Error).name !== 'AbortError') throw error;
}
