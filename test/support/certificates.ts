/** Creates real certificates for TLS tests with openssl, in a temporary folder. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Authority {
  readonly certFile: string;
  /** Signs a certificate for a server or a client. Returns the paths of certificate and key. */
  issue(name: string, subjectAltName: string): Certificate;
}

export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
}

/** Creates a CA whose file names begin with `name`. */
export function createAuthority(folder: string, name: string): Authority {
  const keyFile = join(folder, `${name}.key`);
  const certFile = join(folder, `${name}.crt`);
  openssl(...newKey, '-x509', '-days', '2', '-subj', `/CN=${name}`, '-keyout', keyFile, '-out', certFile);
  return {
    certFile,
    issue(leaf, subjectAltName) {
      const files = { keyFile: join(folder, `${leaf}.key`), certFile: join(folder, `${leaf}.crt`) };
      const request = join(folder, `${leaf}.csr`);
      const extensions = join(folder, `${leaf}.ext`);
      writeFileSync(extensions, `subjectAltName=${subjectAltName}\n`);
      openssl(...newKey, '-subj', `/CN=${leaf}`, '-keyout', files.keyFile, '-out', request);
      const signing = ['-CA', certFile, '-CAkey', keyFile, '-CAcreateserial', '-days', '2', '-extfile', extensions];
      openssl('x509', '-req', '-in', request, ...signing, '-out', files.certFile);
      return files;
    },
  };
}

const newKey = ['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

function openssl(...args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' });
}
