/** Names that would pass for CLYNC itself, or that read as a part of an address. */
const reserved = new Set([
  'admin',
  'administrator',
  'clync',
  'help',
  'me',
  'moderator',
  'official',
  'root',
  'security',
  'staff',
  'support',
  'system',
]);

export function isReservedHandle(handle: string): boolean {
  return reserved.has(handle.toLowerCase());
}
