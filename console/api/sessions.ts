/** Defines the bodies of the gateway's API about the sessions of the page. */
export const sessionsApiPath = '/api/v1/sessions';

export interface PageSession {
  readonly id: string;
  /** Name of the API key that opened the session, or `login link`. */
  readonly name: string;
  readonly scopes: readonly string[];
  readonly host?: string;
  readonly created_at: string;
  readonly expires_at: string;
  readonly is_current: boolean;
}

export interface SessionList {
  readonly sessions: readonly PageSession[];
}
