/** The people of the stand-in's tenant: one for each app role of the portal, and one who was given none. */
export type StaffMember = {
  oid: string;
  name: string;
  email: string;
  roles: string[];
  enabled: boolean;
  /** In more groups than a token holds: it then has a pointer to them in their place. */
  manyGroups: boolean;
};

export function seededStaff(): StaffMember[] {
  return [
    member('a11ce000-0000-4000-8000-000000000001', 'Alice Admin', 'admin@clync.example', ['Admin']),
    member('a11ce000-0000-4000-8000-000000000002', 'Marco Moderator', 'moderator@clync.example', ['Moderator']),
    member('a11ce000-0000-4000-8000-000000000003', 'Sofia Support', 'support@clync.example', ['Support']),
    member('a11ce000-0000-4000-8000-000000000004', 'Femi FinanceOps', 'financeops@clync.example', ['FinanceOps']),
    member('a11ce000-0000-4000-8000-000000000005', 'Aiko Auditor', 'auditor@clync.example', ['Auditor']),
    member('a11ce000-0000-4000-8000-000000000006', 'Nora Newcomer', 'newcomer@clync.example', []),
  ];
}

function member(oid: string, name: string, email: string, roles: string[]): StaffMember {
  return { oid, name, email, roles, enabled: true, manyGroups: false };
}
