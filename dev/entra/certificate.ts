import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { generate } from 'selfsigned';

export type ServerCertificate = { key: string; cert: string; ca: string };

const TEN_YEARS_MS = 10 * 365 * 86_400_000;
const PRIVATE = { mode: 0o600 };

/**
 * The certificate of this start, signed by the stand-in's own authority. The authority is made at the first start and
 * kept in `ca.pem`, which clients trust through NODE_EXTRA_CA_CERTS; the server's certificate is made anew each time.
 */
export async function serverCertificate(dataDir: string): Promise<ServerCertificate> {
  const authority = await loadOrCreateAuthority(dataDir);
  const leaf = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ca: authority,
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  return { key: leaf.private, cert: leaf.cert, ca: authority.cert };
}

async function loadOrCreateAuthority(dataDir: string): Promise<{ key: string; cert: string }> {
  const keyFile = path.join(dataDir, 'ca-key.pem');
  const certFile = path.join(dataDir, 'ca.pem');
  const existing = await Promise.all([readFile(keyFile, 'utf8'), readFile(certFile, 'utf8')]).catch(() => undefined);
  if (existing) return { key: existing[0], cert: existing[1] };

  const made = await generate([{ name: 'commonName', value: 'CLYNC development authority' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notAfterDate: new Date(Date.now() + TEN_YEARS_MS),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await writeFile(keyFile, made.private, PRIVATE);
  await writeFile(certFile, made.cert, PRIVATE);
  return { key: made.private, cert: made.cert };
}
