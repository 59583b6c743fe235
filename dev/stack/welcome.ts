import type { Endpoints } from './endpoints.ts';

/** The table at the end of `npm run dev`: where things are, and who can sign in. */
export function describeForPeople({ urls, users, staff }: Endpoints): string {
  const person = users[0];
  const places = [
    ['phone app API', `${urls['bff-mobile'] ?? ''}  (documents: /docs, /openapi.json)`],
    ['portal API', `${urls['bff-admin'] ?? ''}  (sign in: /auth/login)`],
    ['social', urls['social'] ?? ''],
    ['financial', urls['financial'] ?? ''],
    ['flagship', urls['flagship'] ?? ''],
    ['Azure AD stand-in', urls['entra'] ?? ''],
    ['Flagship sandbox', urls['flagship-sandbox'] ?? ''],
    ['mailbox', urls['mailbox'] ?? ''],
    ['push recorder', urls['push-recorder'] ?? ''],
    ['Blob Storage', urls['azurite'] ?? ''],
  ];
  const signIns = [
    ...(person ? [['a person', `${person.email}  ${person.password}  (and ${String(users.length - 1)} more)`]] : []),
    ...staff.map(({ email, roles }) => ['staff', `${email}  ${roles.join(', ') || 'no role'}`]),
  ];
  const rows = [...places, [], ...signIns].map(([name = '', value = '']) => `  ${name.padEnd(20)}${value}`.trimEnd());
  return `\n${rows.join('\n')}\n`;
}
