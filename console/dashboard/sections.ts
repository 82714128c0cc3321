/** Splits a dashboard's grid into sections, each below the title of its row. */
import type { Panel } from '../../common/dashboard/model.ts';

interface Section {
  /** Undefined above the first row. */
  readonly title: string | undefined;
  readonly panels: readonly PlacedPanel[];
}

export interface PlacedPanel {
  readonly panel: Panel;
  /** CSS grid lines, counted from 1. Rows count within the section. */
  readonly column: number;
  readonly row: number;
}

export function sectionsOf(panels: readonly Panel[]): readonly Section[] {
  const sections: { title: string | undefined; panels: Panel[] }[] = [{ title: undefined, panels: [] }];
  const ordered = panels.toSorted((a, b) => a.grid.y - b.grid.y || a.grid.x - b.grid.x);
  for (const panel of ordered) {
    if (panel.type === 'row') sections.push({ title: panel.title, panels: [] });
    else sections.at(-1)?.panels.push(panel);
  }
  return sections
    .filter((section) => section.panels.length > 0)
    .map(({ title, panels: inside }) => {
      const top = Math.min(...inside.map(({ grid }) => grid.y));
      return {
        title,
        panels: inside.map((panel) => ({ panel, column: panel.grid.x + 1, row: panel.grid.y - top + 1 })),
      };
    });
}
