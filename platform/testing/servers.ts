/** Where the servers of this test run are; `global-setup.js` started them. */
export interface TestServers {
  /** URL of PostgreSQL's superuser. */
  adminUrl: string;
  /** The one password of every role. */
  password: string;
  /** For `BlobServiceClient.fromConnectionString`. */
  blobConnectionString: string;
}

/** How many workers of jest have a storage account of their own. */
export const mostWorkers = 64;

/** The shared servers of a test run; Blob Storage as an account that no test file uses at the same time. */
export function testServers(): TestServers {
  const text = process.env['CLYNC_TEST_SERVERS'];
  if (text === undefined) throw new Error('the test servers are not running: start tests with npm test');
  const servers = JSON.parse(text) as TestServers;
  const account = `clync${process.env['JEST_WORKER_ID'] ?? '1'}`;
  const blobConnectionString = servers.blobConnectionString
    .replace('AccountName=clync;', `AccountName=${account};`)
    .replace(/\/clync;$/, `/${account};`);
  return { ...servers, blobConnectionString };
}
