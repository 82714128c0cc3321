/** Renders the panel `text`: plain text. */
import { textAt } from '../dashboard/parse-dashboard.ts';
import type { PanelProps } from './panel-props.ts';

export function TextPanel({ panel }: PanelProps) {
  return <p class="panel-text">{textAt(panel.options['content'] ?? '', 'options.content')}</p>;
}
