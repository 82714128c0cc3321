/** Alert rules of one's own, as the gateway tells and takes them. */
import type { Labels } from './query-response.ts';
import type { SilenceMatcher } from './silences.ts';

export const rulesApiPath = '/api/v1/alerts/rules';
export const channelsApiPath = '/api/v1/alerts/channels';

export const operators = ['>', '>=', '<', '<=', '==', '!='] as const;
export type Operator = (typeof operators)[number];

export const severities = ['critical', 'warning', 'info'] as const;
export type RuleSeverity = (typeof severities)[number];

/** The whole rule: what POST and PUT take. */
export interface RuleBody {
  readonly name: string;
  readonly metric?: string;
  readonly expr?: string;
  readonly operator?: Operator;
  readonly threshold?: number;
  readonly for?: string;
  readonly hosts?: readonly string[];
  readonly matchers?: readonly SilenceMatcher[];
  readonly severity: RuleSeverity;
  readonly channels?: readonly string[];
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly enabled: boolean;
}

export interface RuleAlert {
  readonly state: 'pending' | 'firing';
  readonly host?: string;
  readonly labels: Labels;
  readonly value?: number;
  readonly active_at: string;
}

export interface RuleStatus {
  readonly state: 'inactive' | 'pending' | 'firing' | 'missing';
  readonly health?: 'ok' | 'err' | 'unknown';
  readonly last_error?: string;
  readonly evaluated_at?: string;
  readonly alerts?: readonly RuleAlert[];
}

export interface Rule extends RuleBody {
  readonly id: string;
  readonly revision: number;
  /** What Prometheus evaluates. */
  readonly expression: string;
  readonly unit?: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly updated_by?: string;
  /** Absent while it is disabled or Prometheus is away. */
  readonly status?: RuleStatus;
}

export interface RuleList {
  readonly rules: readonly Rule[];
}

export interface DryRunEpisode {
  readonly starts_at: string;
  /** Absent: it still holds. */
  readonly ends_at?: string;
}

export interface DryRunAlert {
  readonly host?: string;
  readonly labels: Labels;
  readonly episodes: readonly DryRunEpisode[];
}

/** When the rule would have fired. */
export interface DryRun {
  readonly name: string;
  readonly expression: string;
  readonly start: string;
  readonly end: string;
  readonly step_seconds: number;
  readonly fired: number;
  readonly hosts: readonly string[];
  /** What the expression selects, and since when there is any of it; without a time: no series matches. */
  readonly data: readonly { readonly selector: string; readonly from?: string }[];
  readonly alerts: readonly DryRunAlert[];
}
