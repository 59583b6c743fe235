/** Where the servers of this test run are; `global-setup.js` started them. */
export interface TestServers {
  /** URL of PostgreSQL's superuser. */
  adminUrl: string;
  /** The one password of every role. */
  password: string;
  /** For `BlobServiceClient.fromConnectionString`. */
  blobConnectionString: string;
}

/** The shared servers of a test run. */
export function testServers(): TestServers {
  const text = process.env['CLYNC_TEST_SERVERS'];
  if (text === undefined) throw new Error('the test servers are not running: start tests with npm test');
  return JSON.parse(text) as TestServers;
}
