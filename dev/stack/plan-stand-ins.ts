import path from 'node:path';
import { httpEnvironment, local, readyUrl } from './plan.ts';
import type { ProcessPlan, World } from './plan.ts';

type Needed = Pick<World, 'devDir' | 'ports' | 'secrets' | 'settings'>;

/** The stand-ins for what is not ours. They need nobody, and start first. */
export function planStandIns(world: Needed): ProcessPlan[] {
  return [planEntra(world), planPushRecorder(world), planMailbox(world), planSandbox(world)];
}

function planEntra({ devDir, ports, secrets, settings }: Needed): ProcessPlan {
  const portal = local(ports['bff-admin']);
  return {
    name: 'entra',
    entry: 'dev/entra/index.ts',
    watches: ['dev/entra'],
    readyUrl: `https://localhost:${String(ports.entra)}/livez`,
    env: {
      PORT: String(ports.entra),
      DATA_DIR: path.join(devDir, 'entra'),
      TENANT_ID: settings.get('ENTRA_TENANT_ID'),
      PORTAL_CLIENT_ID: settings.get('ENTRA_CLIENT_ID'),
      PORTAL_CLIENT_SECRET: secrets.portalClientSecret,
      PORTAL_REDIRECT_URIS: `${portal}/auth/callback`,
      PORTAL_LOGOUT_URIS: `${portal}/`,
      PORTAL_FRONT_CHANNEL_LOGOUT_URI: `${portal}/auth/frontchannel-logout`,
      SCRIPT_CLIENT_ID: settings.get('ENTRA_SCRIPT_CLIENT_IDS'),
      SCRIPT_CLIENT_SECRET: secrets.scriptClientSecret,
    },
  };
}

function planPushRecorder({ ports }: Needed): ProcessPlan {
  return {
    name: 'push-recorder',
    entry: 'dev/push-recorder/index.ts',
    watches: ['dev/push-recorder'],
    readyUrl: `${local(ports['push-recorder'])}/livez`,
    env: { PORT: String(ports['push-recorder']) },
  };
}

function planMailbox({ ports }: Needed): ProcessPlan {
  return {
    name: 'mailbox',
    entry: 'dev/mailbox/index.ts',
    watches: ['dev/mailbox'],
    readyUrl: `http://127.0.0.1:${String(ports.mailbox)}/readyz`,
    env: { PORT: String(ports.mailbox), SMTP_PORT: String(ports['mailbox-smtp']) },
  };
}

function planSandbox(world: Needed): ProcessPlan {
  const { devDir, ports, secrets, settings } = world;
  return {
    name: 'flagship-sandbox',
    entry: 'dev/flagship-sandbox/index.ts',
    watches: ['dev/flagship-sandbox'],
    readyUrl: readyUrl(ports, 'flagship-sandbox-private'),
    env: {
      ...httpEnvironment(world, 'flagship-sandbox', 'flagship-sandbox-private'),
      ...settings.pick('SANDBOX_SEED', 'SANDBOX_SETTLEMENT_MS'),
      SANDBOX_PUBLIC_URL: local(ports['flagship-sandbox']),
      SANDBOX_DATA_DIR: path.join(devDir, 'flagship-sandbox'),
      SANDBOX_CLIENT_ID: settings.get('PROVIDER_CLIENT_ID'),
      SANDBOX_CLIENT_SECRET: secrets.providerClientSecret,
      SANDBOX_REDIRECT_URIS: `${local(ports['bff-mobile'])}/v1/connections/callback`,
      SANDBOX_WEBHOOK_URL: `${local(ports.flagship)}/v1/webhooks`,
      SANDBOX_WEBHOOK_SECRETS: secrets.webhookSecret,
    },
  };
}
