/** Hosts and rules that a filter may name: those of the gateway, and those that are on the screen. */
import type { ActiveAlert, Episode } from '../../api/alerts.ts';
import { useData } from '../../hooks/use-data.ts';
import { useServices } from '../../services.ts';

export interface Names {
  readonly hosts: readonly string[];
  readonly rules: readonly string[];
}

export function useNames(active: readonly ActiveAlert[] = [], history: readonly Episode[] = []): Names {
  const all = [...active, ...history];
  return {
    hosts: sorted([...useHosts(), ...all.map(({ host }) => host)]),
    rules: sorted(all.map(({ rule }) => rule)),
  };
}

/** Empty until they are known. */
export function useHosts(): readonly string[] {
  const { api } = useServices();
  const { data } = useData('hosts', (signal) =>
    api.get<{ readonly hosts: readonly { readonly host: string }[] }>('/api/v1/hosts', { signal }),
  );
  return data?.hosts.map(({ host }) => host) ?? [];
}

function sorted(names: readonly (string | undefined)[]): readonly string[] {
  return [...new Set(names.filter((each) => each !== undefined))].sort();
}
