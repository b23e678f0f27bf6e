import { basename } from "node:path";
import { fetchModel, type HubDeps } from "../hub/hub-model.ts";
import { modelFiles } from "../hub/model-files.ts";
import type { WorkerOptions } from "../options.ts";

/** A model that is on this machine. */
export interface FoundModel {
  readonly directory: string;
  /** The directory's own name, or the hub's id. */
  readonly name: string;
  /** The commit that came from the hub; undefined for a directory. */
  readonly commit: string | undefined;
}

type ModelOptions = Pick<
  WorkerOptions,
  "model" | "dtype" | "input" | "modelCache" | "modelLock" | "isOffline"
>;

/**
 * A directory is taken as it is, a model of the hub is downloaded unless it is in the cache.
 * @throws WorkerError as `fetchModel`.
 */
export async function findModel(options: ModelOptions, deps: HubDeps): Promise<FoundModel> {
  const { model } = options;
  if (model.kind === "directory") {
    return { directory: model.path, name: basename(model.path), commit: undefined };
  }
  const { directory, commit } = await fetchModel(
    {
      id: model.id,
      revision: model.revision,
      ...modelFiles(options.dtype, options.input),
      cacheDirectory: options.modelCache,
      lockFile: options.modelLock,
      isOffline: options.isOffline,
    },
    deps,
  );
  return { directory, name: model.id, commit };
}
