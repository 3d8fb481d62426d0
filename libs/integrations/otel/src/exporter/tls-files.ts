import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { invalid } from "../core/settings.ts";
import type { OtelSettings } from "../core/types.ts";

/** What a TLS connection is made with; absent parts are the system's defaults. */
export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** @throws IntegrationError `config_invalid`, naming the field and the file. */
export async function readTlsFiles(files: OtelSettings["tls"]): Promise<TlsMaterial> {
  const [ca, cert, key] = await Promise.all([
    readPem("tls.ca_file", files.caFile),
    readPem("tls.cert_file", files.certFile),
    readPem("tls.key_file", files.keyFile),
  ]);
  // A secure context takes a CA file without any certificate, and then trusts nobody.
  if (ca !== undefined) check("tls.ca_file", files.caFile, () => new X509Certificate(ca));
  if (cert !== undefined) check("tls.cert_file", files.certFile, () => createSecureContext({ cert }));
  if (cert !== undefined && key !== undefined) check("tls.key_file", files.keyFile, () => createSecureContext({ cert, key }));
  return { ...(ca === undefined ? {} : { ca }), ...(cert === undefined ? {} : { cert }), ...(key === undefined ? {} : { key }) };
}

async function readPem(field: string, path: string): Promise<string | undefined> {
  if (path === "") return undefined;
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw invalid(field, `cannot read ${path}: ${reasonOf(error)}`, error);
  }
}

/** OpenSSL's reasons hold nothing of a key's text. */
function check(field: string, path: string, use: () => unknown): void {
  try {
    use();
  } catch (error) {
    throw invalid(field, `${path} is not usable: ${reasonOf(error)}`, error);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
