/** `/d/<uid>`: one dashboard. */
import { Notice } from '../components/notice.tsx';
import type { ViewProps } from './index.ts';

export function DashboardView({ parameters: { uid = '' } }: ViewProps) {
  return <Notice title={uid} />;
}
