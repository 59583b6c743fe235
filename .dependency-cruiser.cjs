/** Who may import whom. `npm run imports` enforces it, through type imports too. */
const services = '^(domain/[^/]+|bff-mobile|bff-admin)/';

module.exports = {
  forbidden: [
    {
      name: 'platform-knows-no-service',
      comment: 'platform is what every process stands on; it may know contracts, never a service.',
      severity: 'error',
      from: { path: '^platform/', pathNot: '^platform/testing/' },
      to: { path: `${services}|^dev/` },
    },
    {
      name: 'test-kit-knows-no-service',
      severity: 'error',
      from: { path: '^platform/testing/' },
      to: { path: `${services}|^dev/` },
    },
    {
      name: 'domains-are-apart',
      comment: 'A domain reaches another one through its contract, never through its code.',
      severity: 'error',
      from: { path: '^domain/([^/]+)/', pathNot: '/tests/' },
      to: { path: '^(domain/(?!$1/)[^/]+|bff-mobile|bff-admin|dev)/' },
    },
    {
      name: 'domain-tests-know-stand-ins-only',
      comment: 'What is not ours is stood in for by dev/, also in tests.',
      severity: 'error',
      from: { path: '^domain/([^/]+)/tests/' },
      to: { path: '^(domain/(?!$1/)[^/]+/|bff-mobile/|bff-admin/|dev/(?!flagship-sandbox/|mailbox/|push-recorder/))' },
    },
    {
      name: 'bffs-know-contracts-only',
      severity: 'error',
      from: { path: '^(bff-mobile|bff-admin)/', pathNot: '/tests/' },
      to: { path: '^(domain|dev)/' },
    },
    {
      name: 'bff-tests-know-stand-ins-only',
      comment: 'What is not ours is stood in for by dev/entra and dev/flagship-sandbox, also in tests.',
      severity: 'error',
      from: { path: '^(bff-mobile|bff-admin)/tests/' },
      to: { path: '^(domain|dev/(?!entra/|flagship-sandbox/))' },
    },
    {
      name: 'bffs-are-apart',
      severity: 'error',
      from: { path: '^(bff-mobile|bff-admin)/' },
      to: { path: '^(bff-mobile|bff-admin)/', pathNot: '^$1/' },
    },
    {
      name: 'one-owner-one-client',
      comment: "Each service uses its own schema's client alone.",
      severity: 'error',
      from: { path: '^domain/([^/]+)/' },
      to: { path: '^prisma/generated/(?!$1/)' },
    },
    {
      name: 'data-in-services-and-jobs-only',
      comment: 'Only services/ and jobs/ touch Prisma; context.ts builds the client.',
      severity: 'error',
      from: {
        path: services,
        pathNot: '/(services|jobs|tests)/|/context\\.ts$',
      },
      to: { path: '^prisma/generated/|node_modules/@prisma/' },
    },
    {
      name: 'controllers-speak-http-services-do-not',
      severity: 'error',
      from: { path: '^domain/[^/]+/services/' },
      to: { path: '^domain/[^/]+/controllers/|^openapi/generated/|node_modules/express/' },
    },
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'production-needs-no-dev-dependency',
      severity: 'error',
      from: { path: `${services}|^platform/`, pathNot: '/tests/|^platform/testing/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], pathNot: 'node_modules/@types/' },
    },
    { name: 'imports-resolve', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage)/' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
