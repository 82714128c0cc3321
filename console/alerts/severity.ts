/** Defines the word, icon and colour of each severity, and the order of severities. */
interface SeverityStyle {
  readonly word: string;
  readonly icon: 'critical' | 'warning' | 'info';
  readonly tone: 'critical' | 'warning' | 'neutral';
}

const faces: Readonly<Record<string, SeverityStyle>> = {
  critical: { word: 'critical', icon: 'critical', tone: 'critical' },
  warning: { word: 'warning', icon: 'warning', tone: 'warning' },
};

/** Returns the word, icon and colour of a severity. An unknown severity looks like information and keeps its name. */
export function severityStyleOf(severity: string | undefined): SeverityStyle {
  return (
    faces[severity ?? ''] ?? {
      word: severity === undefined || severity === 'none' ? 'no severity' : severity,
      icon: 'info',
      tone: 'neutral',
    }
  );
}

/** Returns 0 for the most severe. */
export function rankOf(severity: string | undefined): number {
  const rank = ['critical', 'warning', 'info'].indexOf(severity ?? '');
  return rank === -1 ? 3 : rank;
}
