import { buildCli, buildFromGoModule, fetchTestServer, hasGo, hasJavaAndMaven } from './temporal-build.mjs';

const suffix = process.platform === 'win32' ? '.exe' : '';

/** The Temporal that `npm run cluster` runs. docker-compose.yml pins the same two. */
export const CLUSTER_SERVER_VERSION = '1.32.1';
export const CLUSTER_UI_VERSION = '2.55.0';

const goForCluster = 'Go 1.26.8 or newer (from 1.21 on, Go fetches that itself, unless GOTOOLCHAIN=local)';

/**
 * Temporal's programs, by what they are called here: where each is looked for, and how it is made. `downloads`:
 * temporal.download has it. `proof`: what proves that a file is what its name says.
 */
export const temporalPrograms = {
  cli: {
    title: 'the Temporal CLI',
    variable: 'TEMPORAL_CLI_PATH',
    artifact: 'cli',
    version: '1.5.1',
    file: `temporal${suffix}`,
    onPath: true,
    downloads: true,
    proof: { args: ['--version'], says: /server \d+\.\d+/i },
    tools: 'Go 1.24 or newer',
    hasTools: hasGo,
    build: buildCli,
  },
  'test-server': {
    title: 'the Temporal test server',
    variable: 'TEMPORAL_TEST_SERVER_PATH',
    artifact: 'temporal-test-server',
    version: '1.35.0',
    file: `temporal-test-server${suffix}`,
    onPath: false,
    downloads: true,
    proof: { args: [], says: /enable-time-skipping/ },
    tools: 'Java and Maven',
    hasTools: hasJavaAndMaven,
    build: fetchTestServer,
  },
  // The cluster's: not looked for on PATH, because the version must be this one.
  server: fromGoModule(
    'the Temporal server',
    'TEMPORAL_SERVER_PATH',
    'temporal-server',
    CLUSTER_SERVER_VERSION,
    'go.temporal.io/server/cmd/server',
  ),
  'sql-tool': fromGoModule(
    "the tool of the Temporal server's schema",
    'TEMPORAL_SQL_TOOL_PATH',
    'temporal-sql-tool',
    CLUSTER_SERVER_VERSION,
    'go.temporal.io/server/cmd/tools/sql',
  ),
  ui: fromGoModule(
    "Temporal's Web UI",
    'TEMPORAL_UI_PATH',
    'temporal-ui-server',
    CLUSTER_UI_VERSION,
    'github.com/temporalio/ui-server/v2/cmd/server',
  ),
};

function fromGoModule(title, variable, artifact, version, module) {
  return {
    title,
    variable,
    artifact,
    version,
    file: `${artifact}${suffix}`,
    onPath: false,
    downloads: false,
    proof: { args: ['--version'], says: new RegExp(`version v?${version.replaceAll('.', '\\.')}\\b`) },
    tools: goForCluster,
    hasTools: hasGo,
    build: (wanted, executable, say) => buildFromGoModule(title, `${module}@v${wanted}`, executable, say),
  };
}
