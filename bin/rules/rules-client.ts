/** A client of the gateway's rule calls, for the command line. */
import type { Ask, Asked } from '../cli/gateway-client.ts';

/** The members of a rule that are printed or used. `apply` compares the other members too. */
export interface ListedRule {
  readonly id: string;
  readonly name: string;
  readonly revision: number;
  readonly enabled: boolean;
  readonly severity: string;
  readonly expression: string;
  readonly status?: { readonly state: string; readonly health: string; readonly last_error?: string };
}

export interface RuleList {
  readonly rules: readonly ListedRule[];
  readonly set_aside?: readonly { readonly file: string; readonly fault?: string }[];
  readonly out_of_sync?: { readonly since: string; readonly reason: string };
}

export interface RulesClient {
  /** Calls the gateway with a path below `/api/v1/alerts/rules`. Throws the errors of the gateway's client. */
  readonly ask: Ask;
  list(): Promise<readonly ListedRule[]>;
  listAll(): Promise<RuleList>;
}

export function createRulesClient(call: Ask): RulesClient {
  const ask = (asked: Asked): Promise<unknown> => call({ ...asked, path: `/api/v1/alerts/rules${asked.path}` });
  const listAll = async (): Promise<RuleList> => (await ask({ method: 'GET', path: '' })) as RuleList;
  return { ask, listAll, list: async () => (await listAll()).rules };
}
