import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { configInvalid, describeFailure } from "../core/errors.ts";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Reads the authorities to trust; undefined when none are configured. Checks each, since TLS passes over what it cannot read.
 * @throws IntegrationError `config_invalid`
 */
export async function readCaFile(path: string): Promise<string | undefined> {
  if (path === "") return undefined;
  let pem: string;
  try {
    pem = await readFile(path, "utf8");
  } catch (error) {
    throw configInvalid(`ca_file: cannot be read: ${describeFailure(error)}`, error);
  }
  const certificates = pem.match(CERTIFICATE) ?? [];
  if (certificates.length === 0) throw configInvalid(`ca_file: ${path} holds no PEM certificate`);
  certificates.forEach((certificate, index) => {
    try {
      new X509Certificate(certificate);
    } catch (error) {
      throw configInvalid(`ca_file: certificate ${index + 1} of ${path} cannot be read: ${describeFailure(error)}`, error);
    }
  });
  return pem;
}
