/** The panels of a dashboard in their places. */
import { useMemo } from 'preact/hooks';
import type { Dashboard } from '../../common/dashboard/model.ts';
import { type PanelMoment, useMarks } from '../dashboard/queries/answers.ts';
import { sectionsOf } from '../dashboard/sections.ts';
import { PanelCard } from './panel-card.tsx';

export interface DashboardGridProps {
  readonly dashboard: Dashboard;
  readonly moment: PanelMoment | undefined;
  readonly onZoom: (fromMs: number, toMs: number) => void;
  readonly onZoomOut: () => void;
}

export function DashboardGrid({ dashboard, moment, onZoom, onZoomOut }: DashboardGridProps) {
  const sections = useMemo(() => sectionsOf(dashboard.panels), [dashboard]);
  const marks = useMarks(dashboard, moment);
  return (
    <>
      {sections.map(({ title, panels }, index) => (
        <section class="section" key={index} aria-label={title}>
          {title === undefined ? null : <h2 class="section-title">{title}</h2>}
          <div class="grid">
            {panels.map((placed) => (
              <PanelCard
                key={placed.panel.id}
                placed={placed}
                moment={moment}
                marks={marks}
                syncKey={dashboard.uid}
                onZoom={onZoom}
                onZoomOut={onZoomOut}
              />
            ))}
          </div>
        </section>
      ))}
    </>
  );
}
