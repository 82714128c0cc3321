/** The page's views: each one line, by address; the first that fits is drawn. */
import type { FunctionComponent } from 'preact';
import { alertsPath, rulesPath, silencesPath } from '../../common/page/paths.ts';
import type { RouteParameters } from '../navigation/route.ts';
import { AlertView } from './alert.tsx';
import { AlertsView } from './alerts.tsx';
import { DashboardView } from './dashboard.tsx';
import { GraphView } from './graph.tsx';
import { HomeView } from './home.tsx';
import { HostView } from './host.tsx';
import { NewRuleView } from './new-rule.tsx';
import { NewSilenceView } from './new-silence.tsx';
import { RuleView } from './rule.tsx';
import { RulesView } from './rules.tsx';
import { SilenceView } from './silence.tsx';
import { SilencesView } from './silences.tsx';

export interface ViewProps {
  /** What the address' pattern named, and the query beside it in `useServices().navigation.place`. */
  readonly parameters: RouteParameters;
}

export interface View {
  readonly pattern: string;
  readonly component: FunctionComponent<ViewProps>;
  /** Where the view stands in the menu, beside the dashboards; absent: it does not. */
  readonly menu?: { readonly title: string; readonly path: string };
}

export const views: readonly View[] = [
  { pattern: '/', component: HomeView },
  { pattern: '/d/:uid', component: DashboardView },
  { pattern: '/hosts/:host', component: HostView },
  { pattern: alertsPath, component: AlertsView, menu: { title: 'Alerts', path: alertsPath } },
  { pattern: `${alertsPath}/:id`, component: AlertView },
  { pattern: silencesPath, component: SilencesView, menu: { title: 'Silences', path: silencesPath } },
  { pattern: `${silencesPath}/new`, component: NewSilenceView },
  { pattern: `${silencesPath}/:id`, component: SilenceView },
  { pattern: rulesPath, component: RulesView, menu: { title: 'Rules', path: rulesPath } },
  { pattern: `${rulesPath}/new`, component: NewRuleView },
  { pattern: `${rulesPath}/:id`, component: RuleView },
  { pattern: '/graph', component: GraphView, menu: { title: 'Graph', path: '/graph' } },
];
