/** How bad an alert is: each severity has a word, a picture and a colour, so that none of the three has to do alone. */
export interface SeverityStyle {
  readonly word: string;
  /** Of the page's pictures. */
  readonly icon: 'critical' | 'warning' | 'info';
  readonly tone: 'critical' | 'warning' | 'neutral';
}

const faces: Readonly<Record<string, SeverityStyle>> = {
  critical: { word: 'critical', icon: 'critical', tone: 'critical' },
  warning: { word: 'warning', icon: 'warning', tone: 'warning' },
};

/** Severities that nobody agreed on are a notice, by their own name. */
export function severityStyleOf(severity: string | undefined): SeverityStyle {
  return (
    faces[severity ?? ''] ?? {
      word: severity === undefined || severity === 'none' ? 'no severity' : severity,
      icon: 'info',
      tone: 'neutral',
    }
  );
}

/** The worst first. */
export function rankOf(severity: string | undefined): number {
  const rank = ['critical', 'warning', 'info'].indexOf(severity ?? '');
  return rank === -1 ? 3 : rank;
}
