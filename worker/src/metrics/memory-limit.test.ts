import assert from "node:assert/strict";
import { totalmem } from "node:os";
import { test } from "node:test";
import { readMemoryLimit } from "./memory-limit.ts";

const MACHINE = 16 * 2 ** 30;
const NONE_OF_V1 = "9223372036854771712\n";

const read = (files: Record<string, string>) => readMemoryLimit((path) => files[path], MACHINE);

const trees: [string, number, Record<string, string>][] = [
  ["without control groups the limit is the machine's memory", MACHINE, {}],
  [
    "version 2: the own group's limit",
    512,
    { "/proc/self/cgroup": "0::/app\n", "/sys/fs/cgroup/app/memory.max": "512\n" },
  ],
  [
    "version 2: no limit",
    MACHINE,
    { "/proc/self/cgroup": "0::/app\n", "/sys/fs/cgroup/app/memory.max": "max\n" },
  ],
  [
    "version 2, nested: the limit of a parent binds",
    1024,
    {
      "/proc/self/cgroup": "0::/pod/container/app\n",
      "/sys/fs/cgroup/pod/container/app/memory.max": "max\n",
      "/sys/fs/cgroup/pod/container/memory.max": "2048\n",
      "/sys/fs/cgroup/pod/memory.max": "1024\n",
    },
  ],
  [
    "version 2 in a container that sees the host's path: its own group is at the mount",
    256,
    { "/proc/self/cgroup": "0::/docker/4af1\n", "/sys/fs/cgroup/memory.max": "256\n" },
  ],
  [
    "version 2, the root of a namespace",
    256,
    { "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": "256\n" },
  ],
  [
    "version 1: the memory controller's own path",
    512,
    {
      "/proc/self/cgroup": "5:cpu,cpuacct:/other\n4:memory:/app\n0::/\n",
      "/sys/fs/cgroup/memory/app/memory.limit_in_bytes": "512\n",
      "/sys/fs/cgroup/memory/memory.limit_in_bytes": NONE_OF_V1,
      "/sys/fs/cgroup/memory/other/memory.limit_in_bytes": "1\n",
    },
  ],
  [
    "version 1, nested, one mount for several controllers",
    300,
    {
      "/proc/self/cgroup": "4:cpu,memory:/a/b\n",
      "/sys/fs/cgroup/memory/a/b/memory.limit_in_bytes": NONE_OF_V1,
      "/sys/fs/cgroup/memory/a/memory.limit_in_bytes": "300\n",
    },
  ],
  ["version 1: no limit", MACHINE, { "/proc/self/cgroup": "4:memory:/\n" }],
  [
    "a limit above the machine's memory is none",
    MACHINE,
    { "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": `${MACHINE * 4}\n` },
  ],
];
for (const [name, limit, files] of trees) test(name, () => assert.equal(read(files), limit));

test("this process has a limit, at most the machine's memory", () => {
  const limit = readMemoryLimit();
  assert.ok(limit > 0 && limit <= totalmem(), String(limit));
});
