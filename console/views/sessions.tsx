/** Renders the view `/sessions`: the sessions that are logged in, with buttons that end one session or all sessions. */
import { useState } from 'preact/hooks';
import { linkSessionName } from '../../common/page/paths.ts';
import { type PageSession, type SessionList, sessionsApiPath } from '../api/sessions.ts';
import { ConfirmDialog } from '../components/dialog.tsx';
import { Icon } from '../components/icon.tsx';
import { LoadStatus } from '../components/notices.tsx';
import { Timestamp } from '../components/timestamp.tsx';
import { ViewHead } from '../components/view-head.tsx';
import { useGet, useServices } from '../hooks/services.ts';
import { RefreshControl, useRefresh } from '../pickers/refresh-control.tsx';

export function SessionsView() {
  const { api } = useServices();
  const refresh = useRefresh();
  const { data, error } = useGet<SessionList>(sessionsApiPath, refresh.nowMs);
  const [ending, setEnding] = useState<PageSession | 'all'>();
  const end = async () => {
    const isWhole = ending === 'all';
    await api.send('DELETE', isWhole ? sessionsApiPath : `${sessionsApiPath}/${ending?.id ?? ''}`);
    setEnding(undefined);
    if (isWhole || ending?.is_current === true) location.assign('/login');
    else refresh.refresh();
  };
  return (
    <>
      <ViewHead title="Sessions">
        <button type="button" class="danger" disabled={data === undefined} onClick={() => setEnding('all')}>
          <Icon name="lock" /> Log out everywhere
        </button>
        <RefreshControl state={refresh} onRefresh={refresh.refresh} />
      </ViewHead>
      <LoadStatus data={data} error={error} what="the sessions" />
      {data === undefined ? null : <SessionTable sessions={data.sessions} onEnd={setEnding} />}
      {ending === undefined ? null : (
        <ConfirmDialog
          title={ending === 'all' ? 'Log out everywhere?' : 'End this session?'}
          action={ending === 'all' ? 'Log out everywhere' : 'End session'}
          failureTitle="Session not ended"
          onConfirm={end}
          onClose={() => setEnding(undefined)}
        >
          <p>
            {ending === 'all'
              ? 'Every listed browser must log in again, this one too. API keys stay valid.'
              : `The browser that logged in with ${openerOf(ending)} must log in again. API keys stay valid.`}
          </p>
        </ConfirmDialog>
      )}
    </>
  );
}

interface SessionTableProps {
  readonly sessions: readonly PageSession[];
  readonly onEnd: (session: PageSession) => void;
}

function SessionTable({ sessions, onEnd }: SessionTableProps) {
  if (sessions.length === 0) return <p class="card empty-note">No sessions</p>;
  return (
    <table class="data-table stacking card">
      <caption class="hidden-label">Sessions, newest first</caption>
      <thead>
        <tr>
          <th scope="col">Opened by</th>
          <th scope="col">Permissions</th>
          <th scope="col">Opened</th>
          <th scope="col">Ends</th>
          <th scope="col">
            <span class="hidden-label">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {sessions.map((session) => (
          <tr key={session.id}>
            <td data-label="Opened by" class="main">
              {openerOf(session)}
              {session.is_current ? <strong> (this browser)</strong> : null}
            </td>
            <td data-label="Permissions">{permissionsOf(session)}</td>
            <td data-label="Opened">
              <Timestamp at={session.created_at} />
            </td>
            <td data-label="Ends">
              <Timestamp at={session.expires_at} />
            </td>
            <td data-label="">
              <button
                type="button"
                class="danger"
                aria-label={`End the session of ${openerOf(session)}, ${session.id}`}
                onClick={() => onEnd(session)}
              >
                End session
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function openerOf({ name }: PageSession): string {
  return name === linkSessionName ? 'a login link' : `API key ${name}`;
}

function permissionsOf({ scopes, host }: PageSession): string {
  const what = scopes.includes('admin') ? 'Read and change' : 'Read only';
  return host === undefined ? what : `${what}, host ${host}`;
}
