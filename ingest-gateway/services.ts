/** What routes work with; made once in main.ts. */
import type { CredentialStore } from '../common/http/auth.ts';
import type { PrometheusConnection } from '../common/prometheus/connection.ts';
import type { Database } from '../common/store/schema.ts';
import type { CredentialGuard } from './auth/credential-guard.ts';
import type { CollectorLimit } from './auth/rate-limit.ts';
import type { HealthProbe } from './health/health.ts';
import type { Intake } from './ingest/ingest-pipeline.ts';
import type { LastValues } from './query/last-values.ts';
import type { RuleService } from './rules/rule-service.ts';

export interface Services {
  readonly prometheus: PrometheusConnection;
  /** Alertmanager has the same bounds and ways to fail. */
  readonly alertmanager: PrometheusConnection;
  readonly db: Database;
  readonly credentials: CredentialStore;
  /** Stands before every look at a call's credential, over HTTP and gRPC. */
  readonly credentialGuard: CredentialGuard;
  /** Stands before the page's log-in. */
  readonly loginGuard: CredentialGuard;
  readonly collectorLimit: CollectorLimit;
  readonly health: HealthProbe;
  readonly lastValues: LastValues;
  /** What takes samples in. */
  readonly intake: Intake;
  /** The alert rules that are made over HTTP. */
  readonly rules: RuleService;
  readonly limits: QueryLimits;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface QueryLimits {
  readonly timeoutMs: number;
  readonly maxSeries: number;
  /** How long tiers are kept, by settings; as the product has it when absent. */
  readonly keptMs?: Readonly<Record<'raw' | '1m', number>>;
}
