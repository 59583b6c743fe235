/** The banks of the sandbox, each with a habit that an app must cope with. */
export interface SandboxInstitution {
  id: string;
  name: string;
  country: string;
  currency: string;
  tellsAvailable: boolean;
}

export const institutions: SandboxInstitution[] = [
  { id: 'first-sandbox-bank', name: 'First Sandbox Bank', country: 'DE', currency: 'EUR', tellsAvailable: true },
  { id: 'harbour-sandbox-bank', name: 'Harbour Sandbox Bank', country: 'NL', currency: 'EUR', tellsAvailable: true },
  { id: 'island-sandbox-bank', name: 'Island Sandbox Bank', country: 'GB', currency: 'GBP', tellsAvailable: true },
  { id: 'quiet-sandbox-bank', name: 'Quiet Sandbox Bank', country: 'FI', currency: 'EUR', tellsAvailable: false },
];

export function findInstitution(id: string | null): SandboxInstitution | undefined {
  return institutions.find((institution) => institution.id === id);
}
