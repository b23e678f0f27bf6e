import { chmod, mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** A ConfigMap that is mounted as a directory. */
export interface MountedConfigMap {
  /** Where the container sees its one file. */
  readonly file: string;
  /** Gives the file another content, as the kubelet does when the ConfigMap has changed. */
  swap(text: string): Promise<void>;
}

/**
 * The order of steps is that of the kubelet's AtomicWriter (kubernetes/pkg/volume/util/atomic_writer.go): what a container
 * opens is a link through `..data`, a link itself, to a directory named after the time; that one link is replaced by a
 * rename, then the old directory is deleted. The file's own name never changes, and neither does what it links to.
 */
export async function mountConfigMap(t: TestContext, name: string, text: string): Promise<MountedConfigMap> {
  const folder = await mkdtemp(join(tmpdir(), "blindsplit-configmap-"));
  t.after(() => rm(folder, { recursive: true }));
  // Whoever runs in a container is somebody else.
  await chmod(folder, 0o755);
  let swaps = 0;
  let current: string | undefined;
  const swap = async (content: string) => {
    const stamp = new Date().toISOString().replace(/[-T:]/g, "_").slice(0, 19);
    const payload = `..${stamp}.${String(++swaps).padStart(9, "0")}`;
    await mkdir(join(folder, payload));
    await writeFile(join(folder, payload, name), content);
    await symlink(payload, join(folder, "..data_tmp"));
    await rename(join(folder, "..data_tmp"), join(folder, "..data"));
    if (current === undefined) await symlink(join("..data", name), join(folder, name));
    else await rm(join(folder, current), { recursive: true });
    current = payload;
  };
  await swap(text);
  return { file: join(folder, name), swap };
}
