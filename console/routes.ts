/** The routes of the page: one line for each view. The first matching pattern wins. */
import type { FunctionComponent } from 'preact';
import { alertsPath, rulesPath, sessionsPath, silencesPath } from '../common/page/paths.ts';
import type { ViewProps } from './state/route.ts';
import { AlertView } from './views/alert.tsx';
import { AlertsView } from './views/alerts.tsx';
import { DashboardView } from './views/dashboard.tsx';
import { GraphView } from './views/graph.tsx';
import { HomeView, HostView } from './views/home.tsx';
import { HostsView } from './views/hosts.tsx';
import { NewRuleView, RuleView } from './views/rule.tsx';
import { RulesView } from './views/rules.tsx';
import { SessionsView } from './views/sessions.tsx';
import { NewSilenceView, SilenceView } from './views/silence.tsx';
import { SilencesView } from './views/silences.tsx';

export interface View {
  readonly pattern: string;
  readonly component: FunctionComponent<ViewProps>;
  /** Entry in the menu after the dashboards. */
  readonly menu?: { readonly title: string; readonly path: string };
}

export const views: readonly View[] = [
  { pattern: '/', component: HomeView },
  { pattern: '/d/:uid', component: DashboardView },
  { pattern: '/hosts', component: HostsView },
  { pattern: '/hosts/:host', component: HostView },
  { pattern: alertsPath, component: AlertsView, menu: { title: 'Alerts', path: alertsPath } },
  { pattern: `${alertsPath}/:id`, component: AlertView },
  { pattern: silencesPath, component: SilencesView, menu: { title: 'Silences', path: silencesPath } },
  { pattern: `${silencesPath}/new`, component: NewSilenceView },
  { pattern: `${silencesPath}/:id`, component: SilenceView },
  { pattern: rulesPath, component: RulesView, menu: { title: 'Rules', path: rulesPath } },
  { pattern: `${rulesPath}/new`, component: NewRuleView },
  { pattern: `${rulesPath}/:id`, component: RuleView },
  { pattern: sessionsPath, component: SessionsView },
  { pattern: '/graph', component: GraphView, menu: { title: 'Graph', path: '/graph' } },
];
