import manifest from "../package.json" with { type: "json" };

export const WORKER_VERSION: string = manifest.version;
/** Dependencies are pinned exactly: what the manifest says is what is loaded. */
export const TOKENIZERS_VERSION: string = manifest.dependencies["@huggingface/tokenizers"];
