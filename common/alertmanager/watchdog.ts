/** The rule Watchdog always fires: its arrival proves that the chain of alerts works. It is a heartbeat and no alert. */

export const watchdogRule = 'Watchdog';

export function isWatchdog({ labels }: { readonly labels: Readonly<Record<string, string>> }): boolean {
  return labels['alertname'] === watchdogRule;
}
