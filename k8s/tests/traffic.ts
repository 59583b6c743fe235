/** What the NetworkPolicies of a build let through. */
import { ofKind } from './kinds.ts';
import type { KubeObject, NetworkPolicy, Peer, Selector, Workload } from './kinds.ts';

/** `from → to` for every pair of workloads of which one may open a connection to the other's port. */
export function allowedCalls(objects: KubeObject[], workloads: Workload[], port: number) {
  const policies = ofKind<NetworkPolicy>(objects, 'NetworkPolicy');
  const pairs = workloads.flatMap((from) => workloads.map((to) => ({ from, to })));
  const name = ({ from, to }: (typeof pairs)[number]) => `${from.metadata.name} → ${to.metadata.name}`;
  return {
    leaving: pairs.filter(({ from, to }) => isLetOut(policies, from, to, port)).map(name),
    entering: pairs.filter(({ from, to }) => isLetIn(policies, to, { pod: labelsOf(from) }, port)).map(name),
  };
}

/** The workloads that pods of another namespace may call on a port. */
export function openTo(objects: KubeObject[], workloads: Workload[], namespace: string, port: number): string[] {
  const policies = ofKind<NetworkPolicy>(objects, 'NetworkPolicy');
  return workloads.filter((to) => isLetIn(policies, to, { namespace }, port)).map(({ metadata }) => metadata.name);
}

function isLetOut(policies: NetworkPolicy[], from: Workload, to: Workload, port: number): boolean {
  return policies
    .filter(({ spec }) => spec.policyTypes.includes('Egress') && matches(spec.podSelector, labelsOf(from)))
    .flatMap(({ spec }) => spec.egress ?? [])
    .some((rule) => hasPort(rule, port) && rule.to?.some((peer) => isPeer(peer, { pod: labelsOf(to) })) !== false);
}

function isLetIn(policies: NetworkPolicy[], to: Workload, from: Party, port: number): boolean {
  return policies
    .filter(({ spec }) => spec.policyTypes.includes('Ingress') && matches(spec.podSelector, labelsOf(to)))
    .flatMap(({ spec }) => spec.ingress ?? [])
    .some((rule) => hasPort(rule, port) && rule.from?.some((peer) => isPeer(peer, from)) !== false);
}

/** A pod of our own namespace, or any pod of another one. */
type Party = { pod: Record<string, string> } | { namespace: string };

function isPeer(peer: Peer, party: Party): boolean {
  if (peer.ipBlock) return false;
  if ('pod' in party) return peer.namespaceSelector === undefined && matches(peer.podSelector, party.pod);
  return (
    peer.namespaceSelector !== undefined &&
    matches(peer.namespaceSelector, { 'kubernetes.io/metadata.name': party.namespace })
  );
}

function hasPort(rule: { ports?: { port: number }[] }, port: number): boolean {
  return rule.ports?.some((open) => open.port === port) !== false;
}

/** Whether a selector takes a pod; an empty one takes every pod. */
function matches({ matchLabels = {}, matchExpressions = [] }: Selector = {}, labels: Record<string, string>): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values }) => {
      if (operator !== 'In') throw new Error(`teach traffic.ts what ${operator} means`);
      return values.includes(labels[key] ?? '');
    })
  );
}

function labelsOf(workload: Workload): Record<string, string> {
  return workload.spec.template.metadata.labels;
}
