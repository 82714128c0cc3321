/** Opens and closes TCP connections, to change a metric of this host. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';

export interface HeldConnections {
  /** Opens or closes connections up to this number; each is two sockets of this host. */
  hold(count: number): Promise<void>;
  stop(): Promise<void>;
}

export async function startHeldConnections(): Promise<HeldConnections> {
  const server = createServer((socket) => socket.on('error', () => socket.destroy()).resume());
  server.listen(0, '127.0.0.1', 1_024);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const held: Socket[] = [];

  async function hold(count: number): Promise<void> {
    while (held.length < count) {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      held.push(socket);
    }
    for (const socket of held.splice(count)) socket.destroy();
  }

  return {
    hold,
    async stop() {
      await hold(0);
      server.close();
      await once(server, 'close');
    },
  };
}
