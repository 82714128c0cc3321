/** Renders the button "Add host" and its dialog. Shown only to sessions that may write. */
import { useState } from 'preact/hooks';
import { Dialog } from '../components/dialog.tsx';
import { useSession } from '../hooks/services.ts';
import { type AddedHost, AddHostForm } from './add-host-form.tsx';
import { HandResult, LineResult, ScrapeResult } from './add-host-result.tsx';

export function AddHostButton() {
  const session = useSession();
  const [isOpen, setOpen] = useState(false);
  if (session?.may_write !== true) return null;
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        Add host
      </button>
      {isOpen ? <AddHostDialog onClose={() => setOpen(false)} /> : null}
    </>
  );
}

function AddHostDialog({ onClose }: { readonly onClose: () => void }) {
  const [added, setAdded] = useState<AddedHost | undefined>();
  return (
    <Dialog title={added === undefined ? 'Add host' : `Add host ${added.host}`} onClose={onClose}>
      {added === undefined ? <AddHostForm onAdded={setAdded} /> : <Result added={added} onOpen={onClose} />}
    </Dialog>
  );
}

function Result({ added, onOpen }: { readonly added: AddedHost; readonly onOpen: () => void }) {
  switch (added.way) {
    case 'line':
      return <LineResult added={added} token={added.token} onOpen={onOpen} />;
    case 'scrape':
      return <ScrapeResult added={added} address={added.address} onOpen={onOpen} />;
    case 'hand':
      return <HandResult added={added} onOpen={onOpen} />;
  }
}
