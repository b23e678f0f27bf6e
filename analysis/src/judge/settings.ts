import type { Config } from "../../../proxy/src/config/config.ts";
import { type Environment, type LoadedConfig, loadConfig } from "../../../proxy/src/config/load.ts";
import type { JudgeOverrides } from "./options.ts";

/** @throws ConfigError */
export async function loadSettings(
  file: string,
  overrides: JudgeOverrides,
  env: Environment,
): Promise<LoadedConfig> {
  const loaded = await loadConfig(file, {}, env);
  return { ...loaded, config: withOverrides(loaded.config, overrides) };
}

function withOverrides(config: Config, overrides: JudgeOverrides): Config {
  const { judge, log } = config;
  return {
    ...config,
    judge: {
      ...judge,
      host: overrides.host ?? judge.host,
      port: overrides.port ?? judge.port,
      stepMs: overrides.stepMs ?? judge.stepMs,
      prometheus: overrides.prometheus ?? judge.prometheus,
      gateways: overrides.gateways ?? judge.gateways,
      state: overrides.state ?? judge.state,
    },
    log: { ...log, level: overrides.logLevel ?? log.level },
  };
}
