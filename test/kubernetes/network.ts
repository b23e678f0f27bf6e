import { BlockList, isIPv6 } from "node:net";
import type { Labels, Manifest, Selector } from "./manifest.ts";
import { ofKind } from "./manifest.ts";

/** One end of a connection: a pod, or an address outside of the cluster. */
export interface Peer {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Labels;
  readonly address?: string;
}

export interface Port {
  readonly protocol: "TCP" | "UDP";
  readonly port: number;
}

interface PolicyPeer {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}

interface Rule {
  readonly ports?: readonly Port[];
  readonly from?: readonly PolicyPeer[];
  readonly to?: readonly PolicyPeer[];
}

interface Policy extends Manifest {
  readonly spec: {
    readonly podSelector: Selector;
    readonly policyTypes: readonly ("Ingress" | "Egress")[];
    readonly ingress?: readonly Rule[];
    readonly egress?: readonly Rule[];
  };
}

/**
 * What NetworkPolicies of one namespace let through, by the API's rules: both ends must allow it; a pod that no policy
 * of a direction selects allows everything in it; policies add up; an empty list of peers or ports means all.
 */
export class Network {
  readonly #policies: readonly Policy[];
  readonly #namespace: string;

  constructor(manifests: readonly Manifest[], namespace: string) {
    this.#policies = ofKind<Policy>(manifests, "NetworkPolicy");
    this.#namespace = namespace;
  }

  allows(from: Peer, to: Peer, port: Port): boolean {
    return this.#allows("Egress", from, to, port) && this.#allows("Ingress", to, from, port);
  }

  #allows(direction: "Ingress" | "Egress", own: Peer, other: Peer, port: Port): boolean {
    if (own.namespace !== this.#namespace) return true;
    const applying = this.#policies.filter(
      ({ spec }) => spec.policyTypes.includes(direction) && matches(spec.podSelector, own.labels),
    );
    if (applying.length === 0) return true;
    const rules = applying.flatMap(
      ({ spec }) => (direction === "Ingress" ? spec.ingress : spec.egress) ?? [],
    );
    return rules.some(
      ({ from, to, ports }) =>
        (ports === undefined ||
          ports.some((one) => one.port === port.port && one.protocol === port.protocol)) &&
        ((from ?? to) === undefined || (from ?? to)?.some((peer) => this.#isPeer(peer, other)) === true),
    );
  }

  #isPeer({ ipBlock, podSelector, namespaceSelector }: PolicyPeer, peer: Peer): boolean {
    if (ipBlock !== undefined)
      return (
        peer.address !== undefined &&
        contains(ipBlock.cidr, peer.address) &&
        !(ipBlock.except ?? []).some((cidr) => contains(cidr, peer.address ?? ""))
      );
    if (peer.namespace === undefined) return false;
    const inNamespace =
      namespaceSelector === undefined
        ? peer.namespace === this.#namespace
        : matches(namespaceSelector, { "kubernetes.io/metadata.name": peer.namespace });
    return inNamespace && (podSelector === undefined || matches(podSelector, peer.labels));
  }
}

/** Here an empty selector is all. */
function matches({ matchLabels = {} }: Selector, labels: Labels = {}): boolean {
  return Object.entries(matchLabels).every(([name, value]) => labels[name] === value);
}

function contains(cidr: string, address: string): boolean {
  const [base = "", bits = ""] = cidr.split("/");
  // A BlockList also finds an IPv4 address in ::/0, where it is written ::ffff:a.b.c.d; a network does not.
  if (familyOf(base) !== familyOf(address)) return false;
  const block = new BlockList();
  block.addSubnet(base, Number(bits), familyOf(base));
  return block.check(address, familyOf(address));
}

const familyOf = (address: string) => (isIPv6(address) ? "ipv6" : "ipv4");
