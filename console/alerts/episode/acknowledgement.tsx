/** Renders who has an alert, and the buttons and the dialog that change the acknowledgement. */
import { useState } from 'preact/hooks';
import { linkSessionName } from '../../../common/page/paths.ts';
import { type Acknowledgement, ackApiPath, type Episode } from '../../api/alerts.ts';
import { ConfirmDialog } from '../../components/dialog.tsx';
import { TextField } from '../../components/field.tsx';
import { Icon } from '../../components/icon.tsx';
import { Timestamp } from '../../components/timestamp.tsx';
import { type Session, useServices } from '../../hooks/services.ts';

/** Renders who has the alert, since when and with which note. */
export function AckNote({ acknowledgement: { by, note, at } }: { readonly acknowledgement: Acknowledgement }) {
  return (
    <>
      {by}
      {note === undefined ? '' : `: ${note}`}
      <small class="secondary">
        {' '}
        since <Timestamp at={at} />
      </small>
    </>
  );
}

interface AckButtonsProps {
  readonly episode: Episode;
  readonly session: Session | undefined;
  /** Called after a change. */
  readonly onChanged: () => void;
}

export function AckButtons({ episode: { id, acknowledgement }, session, onChanged }: AckButtonsProps) {
  const { api } = useServices();
  const [asked, setAsked] = useState<'acknowledge' | 'withdraw'>();
  const [name, setName] = useState('');
  const [note, setNote] = useState('');
  const mayWrite = session?.may_write === true;
  const path = ackApiPath(id);

  const open = (): void => {
    setName(session?.name === undefined || session.name === linkSessionName ? '' : session.name);
    setNote('');
    setAsked('acknowledge');
  };
  const confirm = async (): Promise<void> => {
    const body = { ...(name.trim() === '' ? {} : { name }), note };
    await (asked === 'withdraw' ? api.send('DELETE', path) : api.send('POST', path, { body }));
    setAsked(undefined);
    onChanged();
  };
  const close = (): void => setAsked(undefined);
  return (
    <>
      <button type="button" disabled={!mayWrite} onClick={open}>
        <Icon name="user" /> {acknowledgement === undefined ? 'Acknowledge' : 'Change acknowledgement'}
      </button>
      {acknowledgement === undefined ? null : (
        <button type="button" disabled={!mayWrite} onClick={() => setAsked('withdraw')}>
          <Icon name="back" /> Withdraw
        </button>
      )}
      {asked === 'acknowledge' ? (
        <ConfirmDialog
          title="Acknowledge this alert"
          action="Acknowledge"
          tone="primary"
          failureTitle="Alert not acknowledged"
          onConfirm={confirm}
          onClose={close}
        >
          <p>Reminders and escalation stop until the alert is resolved. The channels learn who has it.</p>
          <TextField label="Your name" hint="Empty: the name of this session" value={name} onChange={setName} />
          <TextField label="Note" rows={2} value={note} onChange={setNote} />
        </ConfirmDialog>
      ) : null}
      {asked === 'withdraw' ? (
        <ConfirmDialog
          title="Withdraw the acknowledgement?"
          action="Withdraw"
          failureTitle="Acknowledgement not withdrawn"
          onConfirm={confirm}
          onClose={close}
        >
          <p>Reminders continue, and the channels learn that {acknowledgement?.by} no longer has the alert.</p>
        </ConfirmDialog>
      ) : null}
    </>
  );
}
