import type { Context } from '../context.ts';
import { clientAddressOf } from '../helpers/client-address.ts';
import { forward } from '../helpers/forward.ts';
import type { MobileHandlers } from '../routes/handlers.ts';

type AddressOperation =
  | 'requestVerification'
  | 'confirmVerification'
  | 'changeEmail'
  | 'requestPasswordReset'
  | 'confirmPasswordReset'
  | 'changePassword';

export function addressControllers({ social }: Context): Pick<MobileHandlers, AddressOperation> {
  return {
    requestVerification: forward(social.requestVerification),
    confirmVerification: forward(social.confirmVerification),
    changeEmail: forward(social.changeEmail),
    requestPasswordReset: ({ body, request }) =>
      social.requestPasswordReset({ caller: { service: true }, body: { ...body, ...clientAddressOf(request) } }),
    confirmPasswordReset: ({ body, request }) =>
      social.confirmPasswordReset({ caller: { service: true }, body: { ...body, ...clientAddressOf(request) } }),
    // The session that stays is the one of the token.
    changePassword: ({ caller, body }) => {
      const { userId, sessionId } = caller.session;
      return social.changePassword({ caller: { userId }, body: { ...body, sessionId } });
    },
  };
}
