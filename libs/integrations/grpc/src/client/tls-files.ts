import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import type { TlsOptions } from "@tapio/client/node";
import type { TlsConfig } from "@tapio/contracts/integrations/grpc/v1/config";

/**
 * Reads the files of a TLS config.
 * @throws Error that names the setting and the file.
 */
export async function readTlsFiles({ caFile, certFile, keyFile }: TlsConfig): Promise<TlsOptions> {
  if ((certFile === "") !== (keyFile === "")) {
    throw new Error(
      `tls.${certFile === "" ? "cert_file" : "key_file"}: is missing; a client's certificate needs both cert_file and key_file`,
    );
  }
  const ca = await readPem("tls.ca_file", caFile);
  const cert = await readPem("tls.cert_file", certFile);
  const key = await readPem("tls.key_file", keyFile);
  const options: TlsOptions = { ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) };
  try {
    createSecureContext({ ca, cert, key });
  } catch (reason) {
    throw new Error(`tls: the files do not make a TLS client: ${messageOf(reason)}`, { cause: reason });
  }
  return options;
}

async function readPem(setting: string, file: string): Promise<string | undefined> {
  if (file === "") return undefined;
  try {
    return await readFile(file, "utf8");
  } catch (reason) {
    throw new Error(`${setting}: cannot be read: ${messageOf(reason)}`, { cause: reason });
  }
}

function messageOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}
