/** The services that routes use, created in main.ts. */
import type { CredentialStore } from '../../common/http/auth.ts';
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import type { Database } from '../../common/store/schema.ts';
import type { CollectorLimit, CredentialGuard } from '../auth/rate-limits.ts';
import type { BodyDecoder } from '../decode/body-decoder.ts';
import type { EnrollmentServices } from '../enrollment/enrollment.ts';
import type { HealthProbe } from '../health/health.ts';
import type { SeriesLimits } from '../ingest/active-series/series-limits.ts';
import type { IngestParts } from '../ingest/ingest-pipeline.ts';
import type { LastValues } from '../query/current/last-values.ts';
import type { QueryLimits } from '../query/limits.ts';
import type { RuleService } from '../rules/rule-service.ts';
import type { TopRecords } from '../top/top-records.ts';

export interface Services {
  readonly prometheus: PrometheusConnection;
  /** Alertmanager, with the same limits and errors as Prometheus. */
  readonly alertmanager: PrometheusConnection;
  readonly db: Database;
  readonly credentials: CredentialStore;
  /** Limits wrong credentials of API calls, over HTTP and gRPC. */
  readonly credentialGuard: CredentialGuard;
  /** Limits wrong credentials of the login form. */
  readonly loginGuard: CredentialGuard;
  readonly collectorLimit: CollectorLimit;
  readonly health: HealthProbe;
  readonly lastValues: LastValues;
  /** Accepts pushed samples. */
  readonly pipeline: IngestParts;
  readonly decoder: BodyDecoder;
  readonly seriesLimits: Pick<SeriesLimits, 'active' | 'begin'>;
  /** The alert rules created over HTTP. */
  readonly rules: RuleService;
  /** Adds hosts. */
  readonly enrollment: EnrollmentServices;
  /** The busiest processes of each host. */
  readonly topRecords: TopRecords;
  readonly limits: QueryLimits;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}
