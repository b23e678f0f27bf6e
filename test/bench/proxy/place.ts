import type { Wheels } from "./wheels.ts";

/** Where one contestant runs. */
export interface Place {
  /** Its own, for configuration and temporary files. */
  readonly folder: string;
  /** It listens here. */
  readonly port: number;
  /** A free one, for those that cannot do without a second listener. */
  readonly adminPort: number;
  readonly backendPort: number;
  /** The Node that runs blindsplit and what is compared with it. */
  readonly node: string;
  /** Of the repository. */
  readonly root: string;
  /** nginx started by root drops to this account; undefined for any other user. */
  readonly user: string | undefined;
  readonly wheels: Wheels;
}
