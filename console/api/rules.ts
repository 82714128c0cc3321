/** Defines the bodies of the gateway's API about alert rules. */
import type { LabelMatcher } from '../../common/alertmanager/matchers.ts';
import type { Labels } from './promql.ts';

export const rulesApiPath = '/api/v1/alerts/rules';
export const channelsApiPath = '/api/v1/alerts/channels';

export const operators = ['>', '>=', '<', '<=', '==', '!='] as const;
export type Operator = (typeof operators)[number];

export const severities = ['critical', 'warning', 'info'] as const;
export type RuleSeverity = (typeof severities)[number];

/** The body of POST and PUT. */
export interface RuleBody {
  readonly name: string;
  readonly metric?: string;
  readonly expr?: string;
  readonly operator?: Operator;
  readonly threshold?: number;
  readonly for?: string;
  readonly hosts?: readonly string[];
  readonly matchers?: readonly LabelMatcher[];
  readonly severity: RuleSeverity;
  readonly channels?: readonly string[];
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly enabled: boolean;
}

export interface RuleStatus {
  readonly state: 'inactive' | 'pending' | 'firing' | 'missing';
  readonly health?: 'ok' | 'err' | 'unknown';
  readonly last_error?: string;
  readonly evaluated_at?: string;
  readonly alerts?: readonly {
    readonly state: 'pending' | 'firing';
    readonly host?: string;
    readonly labels: Labels;
    readonly value?: number;
    readonly active_at: string;
  }[];
}

export interface Rule extends RuleBody {
  readonly id: string;
  readonly revision: number;
  /** The PromQL that Prometheus evaluates. */
  readonly expression: string;
  readonly unit?: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly updated_by?: string;
  /** Absent if the rule is disabled or Prometheus is unreachable. */
  readonly status?: RuleStatus;
}

export interface RuleList {
  readonly rules: readonly Rule[];
}

export interface DryRunAlert {
  readonly host?: string;
  readonly labels: Labels;
  /** Without `ends_at`, the condition still holds. */
  readonly episodes: readonly { readonly starts_at: string; readonly ends_at?: string }[];
}

/** When the rule would have fired in the last 24 hours. */
export interface DryRun {
  readonly name: string;
  readonly expression: string;
  readonly start: string;
  readonly end: string;
  readonly step_seconds: number;
  readonly fired: number;
  readonly hosts: readonly string[];
  /** Each selector of the expression with the time of its first sample. Without a time, no series matches. */
  readonly data: readonly { readonly selector: string; readonly from?: string }[];
  readonly alerts: readonly DryRunAlert[];
}
