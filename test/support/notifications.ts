/** Reads the notifications of an episode, in any state. */
import type { Database, NotificationRow } from '../../common/store/schema.ts';

/** Returns all notifications of an episode, oldest first. */
export function notificationsOf(db: Database, episodeId: number): Promise<readonly NotificationRow[]> {
  return db.selectFrom('notifications').selectAll().where('episode_id', '=', episodeId).orderBy('id').execute();
}
