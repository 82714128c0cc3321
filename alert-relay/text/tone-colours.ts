/** What a message's tone looks like, in mails and pictures. */
import type { Tone } from './text.ts';

/** Each above 4.5 : 1 on white, and white on it. */
export const toneColours: Readonly<Record<Tone, string>> = {
  critical: '#c62828',
  warning: '#b45309',
  notice: '#1d4ed8',
  resolved: '#2e7d32',
};
