/** The files that a push over TLS may need. */
import { readFileSync } from 'node:fs';

export interface TlsFiles {
  /** Replaces the system's authorities. */
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

/** The contents of the files, for Node's TLS and for gRPC's. */
export function readTlsFiles({ caFile, certFile, keyFile }: TlsFiles): { ca?: Buffer; cert?: Buffer; key?: Buffer } {
  return {
    ...(caFile === undefined ? {} : { ca: readTlsFile('collector.tls.ca_file', caFile) }),
    ...(certFile === undefined ? {} : { cert: readTlsFile('collector.tls.cert_file', certFile) }),
    ...(keyFile === undefined ? {} : { key: readTlsFile('collector.tls.key_file', keyFile) }),
  };
}

function readTlsFile(key: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new Error(`${key}: cannot read ${path}`, { cause });
  }
}
