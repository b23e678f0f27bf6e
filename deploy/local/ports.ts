import { once } from "node:events";
import { createServer } from "node:net";
import { SupervisorError } from "./errors.ts";
import { portOwner } from "./port-owner.ts";

export interface Address {
  /** What listens there, for messages: "traffic". */
  use: string;
  /** The flag that moves it elsewhere: "--port". */
  flag: string;
  host: string;
  port: number;
}

/** Binds and lets go again; returns the port bound, which is another than asked for only when that was 0. */
async function tryBinding({ host, port }: Address): Promise<number> {
  const server = createServer();
  server.listen({ host, port, exclusive: true });
  await once(server, "listening");
  const bound = server.address();
  server.close();
  await once(server, "close");
  return typeof bound === "object" && bound !== null ? bound.port : port;
}

async function complaint({ use, flag, host, port }: Address, error: unknown): Promise<string> {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  switch (code) {
    case "EADDRINUSE": {
      const owner = await portOwner(port);
      return `port ${port} (${use}) is in use${owner ? ` by ${owner}` : ""}: stop that, or choose another with ${flag}`;
    }
    case "EACCES":
      return `port ${port} (${use}) is not allowed to this user: choose one above 1023 with ${flag}`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `${host} (${use}) is no address of this machine: choose another with ${flag.replace("port", "host")}`;
    default:
      return `${host}:${port} (${use}) cannot be listened on (${code}): choose another with ${flag}`;
  }
}

function duplicates(addresses: readonly Address[]): string[] {
  return addresses.flatMap((address, index) => {
    const first = addresses.findIndex(({ port }) => port === address.port && port !== 0);
    const earlier = addresses[first];
    return first < index && first >= 0 && earlier
      ? [`port ${address.port} is given to both ${earlier.use} and ${address.use}: change ${address.flag}`]
      : [];
  });
}

/** Resolves to the ports in the order asked, each 0 replaced by a free one; throws with every complaint at once. */
export async function claimPorts(addresses: readonly Address[]): Promise<number[]> {
  const claims = await Promise.all(
    addresses.map((address) =>
      tryBinding(address).then(
        (port) => ({ port, complaints: [] as string[] }),
        async (error: unknown) => ({ port: address.port, complaints: [await complaint(address, error)] }),
      ),
    ),
  );
  const complaints = [...duplicates(addresses), ...claims.flatMap((claim) => claim.complaints)];
  if (complaints.length > 0) throw new SupervisorError("port_unusable", complaints.join("\n"));
  return claims.map(({ port }) => port);
}
