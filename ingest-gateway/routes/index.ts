/** Every call of the API; the server, the page, the documents and the metrics' labels are made from this list. */
import type { Route } from '../route.ts';
import { alerts } from './alerts.ts';
import { health } from './health.ts';
import { hosts } from './hosts.ts';
import { metricsCurrent } from './metrics-current.ts';
import { metricsHistory } from './metrics-history.ts';
import { query } from './query.ts';
import { queryRange } from './query-range.ts';

export const routes: readonly Route[] = [metricsCurrent, metricsHistory, query, queryRange, hosts, alerts, health];
