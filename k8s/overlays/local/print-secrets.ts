// npx tsx k8s/overlays/local/print-secrets.ts | kubectl apply -f -
import { makeSecrets } from './secrets.ts';

const items = Object.entries(makeSecrets()).map(([name, stringData]) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: 'clync' },
  stringData,
}));
console.log(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, undefined, 2));
