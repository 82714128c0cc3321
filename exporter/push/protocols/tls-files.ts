/** Reads the TLS files of a push. */
import { readFileSync } from 'node:fs';

export interface TlsFiles {
  /** Certificate authorities that replace the system's. */
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

/** Returns the contents of the files. Throws an `Error` that names the setting and the file that cannot be read. */
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
