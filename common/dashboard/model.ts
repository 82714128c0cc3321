/** A dashboard of grafana/dashboards/ as whoever draws it wants it. What is drawn only (units, thresholds, options) stays as it is in the JSON. */
import type { JsonObject } from './json.ts';

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  /** As Grafana spells them: `now-1h`, `now`. */
  readonly from: string;
  readonly to: string;
  readonly refreshMs: number;
  /** In order: each reads only those before it. */
  readonly variables: readonly Variable[];
  /** In the order of the grid; rows among them. */
  readonly panels: readonly Panel[];
  readonly annotations: readonly Annotation[];
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description: string;
  readonly grid: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly Target[];
  readonly maxDataPoints: number;
  /** The least step of every target. */
  readonly minStepMs: number | undefined;
  /** `defaults` and `overrides`. */
  readonly fieldConfig: JsonObject;
  readonly options: JsonObject;
  readonly transformations: readonly JsonObject[];
  /** To what shows more of the same. */
  readonly links: readonly PanelLink[];
}

export interface PanelLink {
  readonly title: string;
  /** Not yet interpolated. */
  readonly url: string;
}

export interface Target {
  readonly refId: string;
  /** Not yet interpolated. */
  readonly expr: string;
  /** `{{instance}} {{device}}`; empty: all labels. */
  readonly legend: string;
  readonly kind: 'range' | 'instant';
  /** The least step of this target. */
  readonly minStepMs: number | undefined;
}

export type Variable = DatasourceVariable | QueryVariable | TextVariable;

interface AnyVariable {
  readonly name: string;
  readonly label: string;
  readonly hidden: boolean;
}

export interface DatasourceVariable extends AnyVariable {
  readonly type: 'datasource';
}

export interface QueryVariable extends AnyVariable {
  readonly type: 'query';
  /** The PromQL inside `query_result(...)`, not yet interpolated. */
  readonly expr: string;
  /** Its first group is the value, in a text like `{instance="web-1"} 1 1795395685000`. */
  readonly pattern: RegExp;
  readonly multi: boolean;
  readonly includeAll: boolean;
  /** What "All" becomes, as it is. */
  readonly allValue: string;
}

export interface TextVariable extends AnyVariable {
  readonly type: 'textbox';
  readonly defaultValue: string;
}

export interface Annotation {
  readonly name: string;
  readonly color: string;
  readonly expr: string;
  readonly minStepMs: number;
  readonly maxDataPoints: number;
  /** Legend formats. */
  readonly title: string;
  readonly text: string;
  readonly tagLabels: readonly string[];
}
