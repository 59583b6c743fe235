/** What the code says about the processes: which there are, and what each one reads from its environment. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Container, KubeObject } from './kinds.ts';

export const root = path.resolve(import.meta.dirname, '../..');

/** The entry of every process without its ending, by the name of its Deployment: `social-worker: domain/social/worker`. */
export function listProcesses(): Record<string, string> {
  const folders = [
    ...readdirSync(root).filter((name) => name.startsWith('bff-')),
    ...readdirSync(path.join(root, 'domain')).map((name) => `domain/${name}`),
  ];
  const entries = folders.flatMap((folder) => [
    [path.basename(folder), `${folder}/index`],
    [`${path.basename(folder)}-worker`, `${folder}/worker`],
  ]);
  return Object.fromEntries(entries.filter(([, entry = '']) => existsSync(path.join(root, `${entry}.ts`)))) as Record<
    string,
    string
  >;
}

/**
 * Reads the configuration of a process with the very function that its entry reads it with. Throws what that throws,
 * and answers the names of the variables that it asked for.
 */
export async function readConfigOf(entry: string, env: Record<string, string>): Promise<Set<string>> {
  const source = readFileSync(path.join(root, `${entry}.ts`), 'utf8');
  const name = /\b(read\w*Config)\(process\.env\)/.exec(source)?.[1] ?? '';
  const module_ = (await import(path.join(root, path.dirname(entry), 'config.ts'))) as Record<
    string,
    ((env: NodeJS.ProcessEnv) => unknown) | undefined
  >;
  const read = module_[name];
  if (!read) throw new Error(`${entry}.ts reads no configuration`);

  const asked = new Set<string>();
  const watched = new Proxy<NodeJS.ProcessEnv>(env, {
    get(variables, variable) {
      asked.add(String(variable));
      return variables[String(variable)];
    },
  });
  read(watched);
  return asked;
}

/** The environment that the cluster gives a container; `secrets` holds what stands behind the references. */
export function environmentOf(
  objects: KubeObject[],
  { env = [], envFrom = [] }: Container,
  secrets: Record<string, Record<string, string>>,
): Record<string, string> {
  const configMap = (name: string) => {
    const found = objects.find((object) => object.kind === 'ConfigMap' && object.metadata.name === name);
    if (!found) throw new Error(`ConfigMap ${name} is not there`);
    return found['data'] as Record<string, string>;
  };
  const single = env.map(({ name, value, valueFrom }) => {
    const { secretKeyRef: secret, configMapKeyRef: config } = valueFrom ?? {};
    const text = secret ? secrets[secret.name]?.[secret.key] : config ? configMap(config.name)[config.key] : value;
    if (text === undefined) throw new Error(`${name} has no value`);
    return [name, text];
  });
  const shared = envFrom.map(({ configMapRef }) => configMap(configMapRef.name));
  return Object.assign({}, ...shared, Object.fromEntries(single)) as Record<string, string>;
}
