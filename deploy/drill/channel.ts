/** A kind of channel (`telegram`) of a receiver. */
export interface Channel {
  readonly kind: string;
  /** How many of that kind the receiver has: a message goes to each. */
  readonly count: number;
}

export type Channels = ReadonlyMap<string, readonly Channel[]>;

/**
 * The channels of every receiver of a configuration. Read by its lines, because Alertmanager writes it anew, always in the
 * same form and with `<secret>` for secrets, before it shows it: receivers begin at the margin, their channels two columns
 * further, and nothing else stands there.
 */
export function readChannels(configuration: string): Channels {
  const [, section = ""] = /^receivers:\n((?:[- ].*\n?)*)/m.exec(configuration) ?? [];
  return new Map(
    section
      .split(/^- /m)
      .slice(1)
      .map((receiver) => {
        const [, name = ""] = /^(?: {2})?name: *["']?(.*?)["']?$/m.exec(receiver) ?? [];
        return [name, readKinds(receiver)];
      }),
  );
}

function readKinds(receiver: string): readonly Channel[] {
  return [...receiver.matchAll(/^ {2}(\w+)_configs:\n((?: {2}[- ].*\n?)*)/gm)].map(
    ([, kind = "", list = ""]) => ({ kind, count: [...list.matchAll(/^ {2}- /gm)].length }),
  );
}
