import { hash, verify } from '@node-rs/argon2';

/** Argon2id as OWASP's password storage sheet has it: 19 MiB, two passes, one lane. (Argon2id is the library's default.) */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** The hash of no password at all, to spend the same time on an unknown e-mail address as on a known one. */
let nobody: Promise<string> | undefined;

export function hashPassword(password: string): Promise<string> {
  return hash(password, cost);
}

/** Whether it is the password; with no hash to compare it takes as long and says no. */
export async function isPassword(passwordHash: string | undefined, password: string): Promise<boolean> {
  nobody ??= hashPassword('nobody has this password');
  const matches = await verify(passwordHash ?? (await nobody), password);
  return matches && passwordHash !== undefined;
}
