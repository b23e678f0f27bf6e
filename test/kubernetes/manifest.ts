import assert from "node:assert/strict";

/** As far as these tests read it; whether it is valid at all, the schemas say. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Labels };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: unknown;
}

export type Labels = Readonly<Record<string, string>>;

export interface Selector {
  readonly matchLabels?: Labels;
}

export interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
  readonly periodSeconds: number;
  readonly timeoutSeconds?: number;
  readonly failureThreshold: number;
}

export interface Container {
  readonly name: string;
  readonly image: string;
  /** Instead of the image's own. */
  readonly command?: readonly [string, ...string[]];
  readonly env?: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: {
      readonly secretKeyRef?: { readonly name: string; readonly key: string; readonly optional?: boolean };
    };
  }[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly volumeMounts: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly subPath?: string;
  }[];
  readonly lifecycle?: { readonly preStop?: { readonly sleep?: { readonly seconds: number } } };
  readonly startupProbe: Probe;
  readonly readinessProbe: Probe;
  readonly livenessProbe: Probe;
  readonly resources: { readonly requests: Labels; readonly limits: Labels };
  readonly securityContext: unknown;
}

export interface PodSpec {
  readonly automountServiceAccountToken?: boolean;
  readonly enableServiceLinks?: boolean;
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: {
    readonly runAsNonRoot?: boolean;
    readonly runAsUser?: number;
    readonly seccompProfile?: { readonly type: string };
  };
  readonly topologySpreadConstraints?: readonly { readonly labelSelector: Selector }[];
  readonly containers: readonly [Container];
  readonly volumes: readonly {
    readonly name: string;
    readonly configMap?: { readonly name: string };
    readonly persistentVolumeClaim?: { readonly claimName: string };
  }[];
}

export interface Deployment extends Manifest {
  readonly spec: {
    readonly replicas?: number;
    readonly strategy?: { readonly type?: string };
    readonly progressDeadlineSeconds?: number;
    readonly selector: Selector;
    readonly template: { readonly metadata: { readonly labels: Labels }; readonly spec: PodSpec };
  };
}

export interface CronJob extends Manifest {
  readonly spec: {
    readonly schedule: string;
    readonly timeZone: string;
    readonly concurrencyPolicy: string;
    readonly startingDeadlineSeconds: number;
    readonly successfulJobsHistoryLimit: number;
    readonly failedJobsHistoryLimit: number;
    readonly jobTemplate: {
      readonly spec: {
        readonly backoffLimit: number;
        readonly activeDeadlineSeconds: number;
        readonly template: Deployment["spec"]["template"] & {
          readonly spec: { readonly restartPolicy: string };
        };
      };
    };
  };
}

export interface Service extends Manifest {
  readonly spec: {
    readonly selector: Labels;
    readonly clusterIP?: string;
    readonly ports: readonly {
      readonly name: string;
      readonly port: number;
      readonly targetPort: string;
    }[];
  };
}

export function ofKind<T extends Manifest>(manifests: readonly Manifest[], kind: string): readonly T[] {
  return manifests.filter((manifest) => manifest.kind === kind) as T[];
}

export function named<T extends Manifest>(manifests: readonly Manifest[], kind: string, name: string): T {
  return (
    ofKind<T>(manifests, kind).find(({ metadata }) => metadata.name === name) ??
    assert.fail(`there is no ${kind} "${name}"`)
  );
}

export const deploymentsOf = (manifests: readonly Manifest[]) => ofKind<Deployment>(manifests, "Deployment");

/** The judge decides alone; all else is there as often as its autoscaler says. */
export const isScaled = ({ metadata }: Deployment): boolean => metadata.name !== "judge";
export const isWorker = ({ metadata }: Deployment): boolean => metadata.name.startsWith("worker-");

/** An empty or missing selector would select everything or nothing: neither is ever meant here. */
export function selects(selector: Selector | undefined, labels: Labels): boolean {
  const wanted = Object.entries(selector?.matchLabels ?? {});
  assert.ok(wanted.length > 0, "a selector without labels");
  return wanted.every(([name, value]) => labels[name] === value);
}

export const podLabels = ({ spec }: Deployment): Labels => spec.template.metadata.labels;
export const podOf = ({ spec }: Deployment): PodSpec => spec.template.spec;
export const containerOf = (deployment: Deployment): Container => podOf(deployment).containers[0];
