/** `text`: words as they are. */
import type { PanelProps } from './panel-props.ts';

export function TextPanel({ panel }: PanelProps) {
  return <p class="panel-text">{String(panel.options['content'] ?? '')}</p>;
}
