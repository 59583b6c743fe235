import type { Context } from '../context.ts';
import { presentDevice } from '../helpers/present-device.ts';
import type { SocialHandlers } from '../routes/handlers.ts';
import * as devices from '../services/devices.ts';

export function deviceControllers(ctx: Context): Pick<SocialHandlers, 'listDevices' | 'putDevice' | 'deleteDevice'> {
  return {
    listDevices: async ({ caller }) => ({
      status: 200,
      body: { items: (await devices.listDevices(ctx, caller)).map(presentDevice) },
    }),
    putDevice: async ({ caller, path, body }) => ({
      status: 200,
      body: presentDevice(await devices.putDevice(ctx, caller, { ...path, ...body })),
    }),
    deleteDevice: async ({ caller, path }) => {
      await devices.deleteDevice(ctx, caller, path.deviceId);
      return { status: 204 };
    },
  };
}
