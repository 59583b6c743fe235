import { readConfig } from './config.ts';
import { startEntra } from './start-entra.ts';

const entra = await startEntra(readConfig(process.env));
console.log(`The Azure AD stand-in listens at ${entra.metadataUrl}; its authority is ${entra.caFile}`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void entra.stop());
