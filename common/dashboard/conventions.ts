/** Conventions of the dashboards that the page and the generator share. */

/** Ranges listed first in the time picker. */
export const quickRanges = [
  { label: 'Last 5 minutes', from: 'now-5m' },
  { label: 'Last 15 minutes', from: 'now-15m' },
  { label: 'Last 1 hour', from: 'now-1h' },
  { label: 'Last 6 hours', from: 'now-6h' },
  { label: 'Last 24 hours', from: 'now-24h' },
  { label: 'Last 7 days', from: 'now-7d' },
  { label: 'Last 30 days', from: 'now-30d' },
] as const;

/** Value of the variable of a tier that is switched off. No series has a job of this name. See grafana/README.md. */
export const tierOff = 'tier-off';
export const tierPrefix = 'tier_';
