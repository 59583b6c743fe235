import type { components } from '#openapi/social';
import type { DeviceRow } from '../services/devices.ts';

export function presentDevice(device: DeviceRow): components['schemas']['Device'] {
  const { id, platform, session, sessionId, registeredAt } = device;
  return { id, platform, deviceName: session.deviceName, sessionId, registeredAt: registeredAt.toISOString() };
}
