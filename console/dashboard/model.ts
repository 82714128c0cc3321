/**
 * Defines the parsed form of a dashboard of grafana/dashboards/. Settings that only affect drawing (units, thresholds, options) keep
 * their JSON form.
 */

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  /** As in Grafana: `now-1h`, `now`. */
  readonly from: string;
  readonly to: string;
  readonly refreshMs: number;
  /** In order of evaluation: a variable refers only to earlier variables. */
  readonly variables: readonly Variable[];
  /** Panels and rows in the order of the grid. */
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
  /** Minimum step of all targets. */
  readonly minStepMs: number | undefined;
  /** The JSON's `defaults` and `overrides`. */
  readonly fieldConfig: JsonObject;
  readonly options: JsonObject;
  readonly transformations: readonly JsonObject[];
  /** Links to views with more of the same data. */
  readonly links: readonly PanelLink[];
}

export interface PanelLink {
  readonly title: string;
  /** Not interpolated yet. */
  readonly url: string;
}

export interface Target {
  readonly refId: string;
  /** Not interpolated yet. */
  readonly expr: string;
  /** Legend format, such as `{{instance}} {{device}}`. Empty: all labels. */
  readonly legend: string;
  readonly kind: 'range' | 'instant';
  /** Minimum step of this target. */
  readonly minStepMs: number | undefined;
}

export type Variable = DatasourceVariable | QueryVariable | TextVariable;

interface AnyVariable {
  readonly name: string;
  readonly label: string;
  readonly hidden: boolean;
}

interface DatasourceVariable extends AnyVariable {
  readonly type: 'datasource';
}

export interface QueryVariable extends AnyVariable {
  readonly type: 'query';
  /** The PromQL inside `query_result(...)`, not interpolated yet. */
  readonly expr: string;
  /** The first group captures the value from a text such as `{instance="web-1"} 1 1795395685000`. */
  readonly pattern: RegExp;
  readonly multi: boolean;
  readonly includeAll: boolean;
  /** PromQL value of the option "All", inserted unescaped. */
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

export interface VariableValue {
  readonly variable: Variable;
  /** In menu order. Empty for a variable without options. */
  readonly options: readonly string[];
  readonly selected: 'all' | readonly string[];
}

/** By variable name. */
export type Selection = ReadonlyMap<string, VariableValue>;

export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}
