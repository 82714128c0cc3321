/** Defines the bodies of silences in the gateway's API. */
import { type LabelMatcher } from '../../common/alertmanager/matchers.ts';

export const silencesApiPath = '/api/v1/silences';

export type SilenceState = 'active' | 'pending' | 'expired';

export interface Silence {
  readonly id: string;
  readonly state: SilenceState;
  readonly matchers: readonly LabelMatcher[];
  readonly starts_at: string;
  readonly ends_at: string;
  readonly updated_at: string;
  readonly created_by: string;
  readonly comment: string;
}

export interface SilenceList {
  readonly silences: readonly Silence[];
}

/** Creates a silence, or replaces the silence with the given id. */
export interface SilenceBody {
  readonly id?: string;
  readonly matchers: readonly LabelMatcher[];
  readonly starts_at?: string;
  readonly ends_at: string;
  readonly created_by?: string;
  readonly comment: string;
}
