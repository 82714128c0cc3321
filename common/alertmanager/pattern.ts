/** Regular expressions of Alertmanager: RE2, which matches in time linear in the length of the text. */
import { RE2JS } from 're2js';

/**
 * Returns a test of whole texts, or undefined if Alertmanager refuses the expression. As there, `.` does not match a line feed.
 * Source: https://github.com/prometheus/alertmanager/blob/main/pkg/labels/matcher.go
 */
export function tryCompilePattern(source: string): ((text: string) => boolean) | undefined {
  try {
    const pattern = RE2JS.compile(`^(?:${source})$`);
    return (text) => pattern.test(text);
  } catch {
    return undefined; // reported by the caller
  }
}

/** Reports whether Alertmanager accepts the expression. */
export function isPattern(source: string): boolean {
  return tryCompilePattern(source) !== undefined;
}
