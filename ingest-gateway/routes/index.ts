/** Every call of the API; the server, the page, the documents and the metrics' labels are made from this list. */
import type { Route } from '../route.ts';
import { health } from './health.ts';
import { metricsCurrent } from './metrics-current.ts';

export const routes: readonly Route[] = [health, metricsCurrent];
