import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { test } from "node:test";
import { readCpuLimit } from "./cpu-limit.ts";

const PROCESSORS = 4;

const trees: [string, number, Record<string, string>][] = [
  ["without control groups the limit is the processors", PROCESSORS, {}],
  [
    "version 2: a quota of one and a half processors",
    1.5,
    { "/proc/self/cgroup": "0::/app\n", "/sys/fs/cgroup/app/cpu.max": "150000 100000\n" },
  ],
  [
    "version 2: no quota",
    PROCESSORS,
    { "/proc/self/cgroup": "0::/app\n", "/sys/fs/cgroup/app/cpu.max": "max 100000\n" },
  ],
  [
    "version 2, nested: the quota of a parent binds",
    0.5,
    {
      "/proc/self/cgroup": "0::/pod/app\n",
      "/sys/fs/cgroup/pod/app/cpu.max": "200000 100000\n",
      "/sys/fs/cgroup/pod/cpu.max": "50000 100000\n",
    },
  ],
  [
    "version 1: the controller's own path",
    2,
    {
      "/proc/self/cgroup": "5:cpu,cpuacct:/app\n4:memory:/other\n",
      "/sys/fs/cgroup/cpu/app/cpu.cfs_quota_us": "200000\n",
      "/sys/fs/cgroup/cpu/app/cpu.cfs_period_us": "100000\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
    },
  ],
  [
    "a quota above the processors is none",
    PROCESSORS,
    { "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "6400000 100000\n" },
  ],
  [
    "what is no quota is none",
    PROCESSORS,
    { "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "0 0\n" },
  ],
];
for (const [name, limit, files] of trees)
  test(name, () =>
    assert.equal(
      readCpuLimit((path) => files[path], PROCESSORS),
      limit,
    ),
  );

test("this process has a limit, at most the processors that it may run on", () => {
  const limit = readCpuLimit();
  assert.ok(limit > 0 && limit <= availableParallelism(), String(limit));
});
