/** The calls of the API. The server, /docs, the OpenAPI document and the labels of metrics are made from this list. */
import type { Route } from '../route.ts';
import { alertAck } from './alert-ack.ts';
import { alertChannels } from './alert-channels.ts';
import { alertUnack } from './alert-unack.ts';
import { alerts } from './alerts.ts';
import { alertsActive } from './alerts-active.ts';
import { buildInfo } from './build-info.ts';
import { health } from './health.ts';
import { hostAgents } from './host-agents.ts';
import { hostEnroll } from './host-enroll.ts';
import { hostSelf } from './host-self.ts';
import { hostTargetCreate } from './host-target-create.ts';
import { hostTokenCreate } from './host-token-create.ts';
import { hosts } from './hosts.ts';
import { labelValues } from './label-values.ts';
import { labels } from './labels.ts';
import { metadata } from './metadata.ts';
import { metricsCollect } from './metrics-collect.ts';
import { metricsCurrent } from './metrics-current.ts';
import { metricsHistory } from './metrics-history.ts';
import { otlpMetrics } from './otlp-metrics.ts';
import { prometheusRules } from './prometheus-rules.ts';
import { query } from './query.ts';
import { queryExemplars } from './query-exemplars.ts';
import { queryRange } from './query-range.ts';
import { remoteWrite } from './remote-write.ts';
import { ruleRead } from './rule.ts';
import { ruleCreate } from './rule-create.ts';
import { ruleDelete } from './rule-delete.ts';
import { ruleUpdate } from './rule-update.ts';
import { rulesList } from './rules-list.ts';
import { series } from './series.ts';
import { sessionRevoke } from './session-revoke.ts';
import { sessionsList } from './sessions-list.ts';
import { sessionsRevoke } from './sessions-revoke.ts';
import { silenceRead } from './silence.ts';
import { silenceCreate } from './silence-create.ts';
import { silenceExpire } from './silence-expire.ts';
import { silencesList } from './silences-list.ts';
import { top } from './top.ts';
import { topPush } from './top-push.ts';

export const routes: readonly Route[] = [
  metricsCollect,
  remoteWrite,
  otlpMetrics,
  metricsCurrent,
  metricsHistory,
  query,
  queryRange,
  queryExemplars,
  series,
  labels,
  labelValues,
  metadata,
  prometheusRules,
  buildInfo,
  hosts,
  hostTokenCreate,
  hostTargetCreate,
  hostEnroll,
  hostSelf,
  hostAgents,
  top,
  topPush,
  alerts,
  alertsActive,
  alertAck,
  alertUnack,
  alertChannels,
  rulesList,
  ruleCreate,
  ruleRead,
  ruleUpdate,
  ruleDelete,
  silencesList,
  silenceCreate,
  silenceRead,
  silenceExpire,
  sessionsList,
  sessionsRevoke,
  sessionRevoke,
  health,
];
