import type { Context } from '../context.ts';
import type { SocialHandlers } from '../routes/handlers.ts';
import * as addresses from '../services/addresses.ts';
import * as passwords from '../services/passwords.ts';

type Operations =
  | 'requestVerification'
  | 'confirmVerification'
  | 'changeEmail'
  | 'requestPasswordReset'
  | 'confirmPasswordReset'
  | 'changePassword';

export function addressControllers(ctx: Context): Pick<SocialHandlers, Operations> {
  return {
    requestVerification: async ({ caller }) => {
      await addresses.requestVerification(ctx, caller);
      return { status: 202 };
    },
    confirmVerification: async ({ caller, body }) => {
      await addresses.confirmVerification(ctx, caller, body.code);
      return { status: 204 };
    },
    changeEmail: async ({ caller, body }) => ({
      status: 202,
      body: { pendingEmail: await addresses.changeEmail(ctx, caller, body) },
    }),
    requestPasswordReset: async ({ body }) => {
      await passwords.requestPasswordReset(ctx, body);
      return { status: 202 };
    },
    confirmPasswordReset: async ({ body }) => {
      await passwords.confirmPasswordReset(ctx, body);
      return { status: 204 };
    },
    changePassword: async ({ caller, body }) => {
      await passwords.changePassword(ctx, caller, body);
      return { status: 204 };
    },
  };
}
