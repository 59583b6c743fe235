/** As much of Kubernetes' objects as these checks look at. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  [field: string]: unknown;
}

type Labels = Record<string, string>;
type Reference = { name: string; key: string };

export interface EnvEntry {
  name: string;
  value?: string;
  valueFrom?: { secretKeyRef?: Reference; configMapKeyRef?: Reference };
}

export interface Container {
  name: string;
  image: string;
  command?: string[];
  workingDir?: string;
  ports?: { name: string; containerPort: number }[];
  env?: EnvEntry[];
  envFrom?: { configMapRef: { name: string } }[];
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
  securityContext?: Record<string, unknown>;
  startupProbe?: Probe;
  livenessProbe?: Probe;
  readinessProbe?: Probe;
  volumeMounts?: { name: string; mountPath: string }[];
}

export interface Probe {
  httpGet?: { path: string; port: string };
}

export interface PodSpec {
  automountServiceAccountToken?: boolean;
  enableServiceLinks?: boolean;
  terminationGracePeriodSeconds?: number;
  topologySpreadConstraints?: unknown[];
  securityContext?: Record<string, unknown>;
  initContainers?: Container[];
  containers: Container[];
}

/** A Deployment or a Job. */
export interface Workload extends KubeObject {
  spec: {
    replicas?: number;
    strategy?: object;
    selector?: { matchLabels: Labels };
    template: { metadata: { labels: Labels }; spec: PodSpec };
  };
}

export interface Selector {
  matchLabels?: Labels;
  matchExpressions?: { key: string; operator: string; values: string[] }[];
}

export interface Peer {
  podSelector?: Selector;
  namespaceSelector?: Selector;
  ipBlock?: { cidr: string };
}

interface Rule {
  from?: Peer[];
  to?: Peer[];
  ports?: { protocol: string; port: number }[];
}

export interface NetworkPolicy extends KubeObject {
  spec: { podSelector: Selector; policyTypes: string[]; ingress?: Rule[]; egress?: Rule[] };
}

/** The objects of one kind. */
export function ofKind<Kind extends KubeObject = KubeObject>(objects: KubeObject[], ...kinds: string[]): Kind[] {
  return objects.filter(({ kind }) => kinds.includes(kind)) as Kind[];
}

/** The Deployments of CLYNC's own processes: without the stand-ins. */
export function processesOf(objects: KubeObject[]): Workload[] {
  const components = ['http', 'worker'];
  return ofKind<Workload>(objects, 'Deployment').filter(({ metadata }) =>
    components.includes(metadata.labels?.['app.kubernetes.io/component'] ?? ''),
  );
}

/** The container that carries the process. */
export function containerOf(workload: Workload): Container {
  const container = workload.spec.template.spec.containers.find(({ name }) => name === 'process');
  if (!container) throw new Error(`${workload.metadata.name} has no container "process"`);
  return container;
}
