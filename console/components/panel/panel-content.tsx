/**
 * What a panel shows: drawn anew when something of it is new, whatever else of the page moves. A component, and no memoised
 * node: with one, each refresh left the tree of the one before in memory.
 */
import { Component } from 'preact';
import { panelKinds } from '../../panels/index.ts';
import type { PanelProps } from '../../panels/panel-props.ts';

const drawnFrom = ['panel', 'answers', 'range', 'selection', 'marks', 'syncKey'] as const;

export class PanelContent extends Component<PanelProps> {
  override shouldComponentUpdate(next: PanelProps): boolean {
    return drawnFrom.some((name) => next[name] !== this.props[name]);
  }

  override render() {
    const Kind = panelKinds[this.props.panel.type];
    return Kind === undefined ? null : <Kind {...this.props} />;
  }
}
