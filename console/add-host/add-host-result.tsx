/** Renders the second step of the dialog "Add host": the commands to run on the host, and the wait for its first samples. */
import { useEffect, useState } from 'preact/hooks';
import { type AgentStates, type HostToken, hostAgentsPath, type NewHost } from '../api/hosts.ts';
import { useServices } from '../hooks/services.ts';
import { basePath } from '../state/base-path.ts';
import { CommandText } from './command-text.tsx';
import { renderConfig, renderKeyCommand } from './host-draft.ts';
import { WaitForHost } from './wait-for-host.tsx';

interface ResultProps {
  readonly added: NewHost;
  readonly onOpen: () => void;
}

export function LineResult({ added, token, onOpen }: ResultProps & { readonly token: HostToken }) {
  return (
    <>
      <p>Run this line on {added.host}. It works once, for one hour:</p>
      <CommandText label="Install line" text={token.install} />
      {token.warnings.map((warning) => (
        <p key={warning} class="note bad" role="alert">
          {warning}
        </p>
      ))}
      {token.ca_fingerprint === undefined ? null : (
        <p class="field-hint">
          CA fingerprint of this server (SHA-256): <code>{token.ca_fingerprint}</code>
        </p>
      )}
      <p class="field-hint">
        As root, leave out <code>sudo</code>. On a host that has the agent, the line upgrades it. To remove the agent,
        run the line with <code>--uninstall</code> instead of the token.
      </p>
      <AgentBuild />
      <WaitForHost host={added.host} hint="On the host, run: journalctl -u hostpulse-agent" onOpen={onOpen} />
    </>
  );
}

const pollMs = 2_000;

/** Shows the build of the agent, which a server in a clone starts for its first host. */
function AgentBuild() {
  const { api } = useServices();
  const [states, setStates] = useState<AgentStates | undefined>();
  useEffect(() => {
    const gone = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      try {
        const found = await api.get<AgentStates>(hostAgentsPath, { signal: gone.signal });
        setStates(found);
        if (!found.agents.some(({ state }) => state === 'building')) return;
      } catch {
        if (gone.signal.aborted) return;
      }
      timer = setTimeout(() => void look(), pollMs);
    };
    void look();
    return () => {
      clearTimeout(timer);
      gone.abort();
    };
  }, []);
  const agent = states?.agents.find(({ platform }) => platform === 'linux-x64');
  if (agent === undefined || agent.state === 'ready') return null;
  const text =
    agent.state === 'building'
      ? `The server is building the agent; the line waits for it. ${agent.detail ?? ''}`
      : `The server has no agent to install: ${agent.detail ?? agent.state}`;
  return (
    <p class={agent.state === 'building' ? 'note' : 'note bad'} role="status">
      {text}
    </p>
  );
}

export function ScrapeResult({ added, address, onOpen }: ResultProps & { readonly address: string }) {
  return (
    <>
      <p>
        Prometheus scrapes <code>{address}</code> within 30 seconds. If no node_exporter runs on {added.host} yet:
      </p>
      <CommandText label="Debian and Ubuntu" text="sudo apt-get install -y prometheus-node-exporter" />
      <WaitForHost
        host={added.host}
        hint={`Check that this server reaches ${address}: curl http://${address}/metrics`}
        onOpen={onOpen}
      />
    </>
  );
}

export function HandResult({ added, onOpen }: ResultProps) {
  return (
    <>
      <p>On the server, create the key of the host, and store it on the host in /etc/hostpulse/exporter.key:</p>
      <CommandText label="Command on the server" text={renderKeyCommand(added)} />
      <p>On the host, add to /etc/hostpulse/exporter.yml and restart the exporter:</p>
      <CommandText label="Settings of the exporter" text={renderConfig(added, location.origin + basePath)} />
      <WaitForHost host={added.host} hint="On the host, check the log of the exporter." onOpen={onOpen} />
    </>
  );
}
