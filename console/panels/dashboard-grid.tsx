/** The panels of a dashboard, placed in sections on its grid. */
import { useMemo } from 'preact/hooks';
import type { Dashboard } from '../../common/dashboard/model.ts';
import { sectionsOf } from '../dashboard/parse-dashboard.ts';
import { type PanelContext, useMarks } from '../dashboard/queries/use-answers.ts';
import { PanelCard } from './panel-card.tsx';

interface DashboardGridProps {
  readonly dashboard: Dashboard;
  readonly context: PanelContext | undefined;
  readonly onZoom: (fromMs: number, toMs: number) => void;
  readonly onZoomOut: () => void;
}

export function DashboardGrid({ dashboard, context, onZoom, onZoomOut }: DashboardGridProps) {
  const sections = useMemo(() => sectionsOf(dashboard.panels), [dashboard]);
  const marks = useMarks(dashboard, context);
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
                context={context}
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
