import type { Fault } from "./fault.ts";
import { GATEWAY_FAULTS } from "./gateway-faults.ts";
import { PATH_FAULTS } from "./path-faults.ts";
import { WORKER_FAULTS } from "./worker-faults.ts";

export const FAULTS: readonly Fault[] = [...WORKER_FAULTS, ...PATH_FAULTS, ...GATEWAY_FAULTS];
