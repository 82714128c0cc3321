/** The page's views: each one line, by address; the first that fits is drawn. */
import type { FunctionComponent } from 'preact';
import type { RouteParameters } from '../navigation/route.ts';
import { DashboardView } from './dashboard.tsx';
import { GraphView } from './graph.tsx';
import { HomeView } from './home.tsx';
import { HostView } from './host.tsx';

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
  { pattern: '/graph', component: GraphView },
];
