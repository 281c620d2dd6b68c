import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { unwatchFile, watchFile } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { Log } from '../log.ts';
import { StartError } from './start-error.ts';

export type CertificateFiles = { readonly cert: string; readonly key: string };

/** A certificate and its private key, as PEM, found to belong together. */
export type Certificate = {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly validUntil: Date;
  readonly subject: string;
};

/** @throws StartError when a file cannot be read or the two do not belong together. */
export async function readCertificate({ cert: certFile, key: keyFile }: CertificateFiles): Promise<Certificate> {
  const [cert, key] = [await readPem(certFile), await readPem(keyFile)];
  try {
    createSecureContext({ cert, key });
    const { subject, validToDate } = new X509Certificate(cert);
    return { cert, key, validUntil: validToDate, subject };
  } catch (error) {
    throw new StartError(
      `The TLS files ${certFile} and ${keyFile} cannot be used together: ${(error as Error).message}.`,
      {
        cause: error,
      },
    );
  }
}

async function readPem(file: string): Promise<Buffer> {
  return readFile(file).catch((error: unknown) => {
    throw new StartError(`The TLS file ${file} cannot be read: ${(error as Error).message}.`, { cause: error });
  });
}

/** Looking at the files every other second also sees links that are turned, as Kubernetes and certbot do. */
const LOOK_EVERY_MS = 2_000;
/** The two files are replaced one after the other. */
const SETTLE_MS = 1_000;

export type CertificateWatch = { reload(): Promise<void>; stop(): void };

/**
 * Gives `onChange` the certificate again whenever its files change, and at `reload`. Files that cannot be used are
 * logged and leave the certificate in use as it is.
 */
export function watchCertificate(
  files: CertificateFiles,
  log: Log,
  onChange: (certificate: Certificate) => void,
): CertificateWatch {
  let settling: NodeJS.Timeout | undefined;
  const reload = async (): Promise<void> => {
    try {
      const certificate = await readCertificate(files);
      onChange(certificate);
      log.info({ subject: certificate.subject, validUntil: certificate.validUntil }, 'the TLS certificate was renewed');
    } catch (error) {
      log.error(
        { reason: (error as Error).message },
        'the new TLS certificate is not usable; the old one stays in use',
      );
    }
  };
  const changed = (): void => {
    clearTimeout(settling);
    settling = setTimeout(() => void reload(), SETTLE_MS);
  };
  for (const file of Object.values(files)) watchFile(file, { interval: LOOK_EVERY_MS, persistent: false }, changed);
  return {
    reload,
    stop() {
      clearTimeout(settling);
      for (const file of Object.values(files)) unwatchFile(file, changed);
    },
  };
}
