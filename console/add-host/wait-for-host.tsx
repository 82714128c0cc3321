/** Waits for the first samples of a host, then links to its dashboard. */
import { useEffect, useState } from 'preact/hooks';
import { hostPath } from '../../common/page/paths.ts';
import { type HostList, hostsPath } from '../api/hosts.ts';
import { Icon } from '../components/icon.tsx';
import { useServices } from '../hooks/services.ts';

const pollMs = 2_000;

interface WaitProps {
  readonly host: string;
  /** Shown when nothing arrives for a minute. */
  readonly hint: string;
  readonly onOpen: () => void;
}

export function WaitForHost({ host, hint, onOpen }: WaitProps) {
  const { api } = useServices();
  const [seconds, setSeconds] = useState(0);
  const [system, setSystem] = useState<string | undefined>();
  useEffect(() => {
    const gone = new AbortController();
    const sinceMs = Date.now();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      try {
        const { hosts } = await api.get<HostList>(hostsPath(host), { signal: gone.signal });
        const found = hosts.find((each) => each.host === host && each.up);
        if (found !== undefined) return setSystem(found.os ?? '');
      } catch {
        // The banner of the page reports an outage of the gateway; the wait continues.
      }
      if (gone.signal.aborted) return;
      setSeconds(Math.round((Date.now() - sinceMs) / 1_000));
      timer = setTimeout(() => void look(), pollMs);
    };
    void look();
    return () => {
      clearTimeout(timer);
      gone.abort();
    };
  }, [host]);
  return (
    <div class="note" role="status">
      {system === undefined ? (
        <p>
          Waiting for the first samples of {host} ({seconds} s).{seconds < 60 ? null : ` ${hint}`}
        </p>
      ) : (
        <p>
          <Icon name="pulse" /> {host} is here{system === '' ? '' : ` (${system})`}.{' '}
          <a href={hostPath(host)} onClick={onOpen}>
            Open its dashboard
          </a>
        </p>
      )}
    </div>
  );
}
