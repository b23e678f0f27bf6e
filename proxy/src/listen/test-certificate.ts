import { generate } from "selfsigned";
import type { PemFile } from "../config/config.ts";

export interface TestCertificate {
  readonly cert: PemFile;
  readonly key: PemFile;
}

/** A certificate for localhost that signs itself; `name` is its common name. */
export async function createCertificate(name: string): Promise<TestCertificate> {
  const { cert, private: key } = await generate([{ name: "commonName", value: name }], {
    keyType: "ec",
    extensions: [
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 7, ip: "127.0.0.1" },
        ],
      },
    ],
  });
  return { cert: { file: `${name}.crt`, pem: cert }, key: { file: `${name}.key`, pem: key } };
}
