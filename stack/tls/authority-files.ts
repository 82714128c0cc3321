/** The files of `tls: auto`. Apart from authority.ts, which loads node:crypto: 6 MiB in the supervisor. */
import { join } from 'node:path';

export interface AuthorityFiles {
  readonly caCertificate: string;
  readonly caKey: string;
  readonly serverCertificate: string;
  readonly serverKey: string;
}

export function authorityFiles(folder: string): AuthorityFiles {
  return {
    caCertificate: join(folder, 'ca.pem'),
    caKey: join(folder, 'ca-key.pem'),
    serverCertificate: join(folder, 'server.pem'),
    serverKey: join(folder, 'server-key.pem'),
  };
}
