import { isGrpcServiceError, type Connection } from '@temporalio/client';
import type { BasiqClient } from './basiq/basiq-client';
import { BasiqError } from './basiq/basiq-error';
import { askRouting, type DeploymentService, type DeploymentVersion } from './deployment-routing';
import type { Logger } from './log';
import { searchAttributeGaps } from './register-search-attributes';
import { writeEvent } from './telemetry/write-event';

const NEEDED_VERSION = '2.1';

/**
 * A key on 2.0 has neither MFA nor the retry queue, and 3.0 has no POST for connections: attempts would fail one by
 * one for a reason that nobody sees. A Basiq that cannot be reached now is no reason not to start.
 * @throws Error when Basiq refuses the key, or gives it a token of another version
 */
export async function checkBasiqVersion(basiq: BasiqClient, logger: Logger): Promise<void> {
  const version = await basiq.tokenVersion().catch((error: unknown) => {
    if (error instanceof BasiqError && error.outcome !== 'refused') return error;
    throw error;
  });
  if (version instanceof BasiqError) {
    writeEvent(logger, 'api-version-unchecked', { code: version.code });
  } else if (version === null) {
    writeEvent(logger, 'api-version-unknown', {});
  } else if (version !== NEEDED_VERSION) {
    throw new Error(`BASIQ_API_KEY gives tokens for Basiq API ${version}; attempts need ${NEEDED_VERSION}`);
  }
}

/** gRPC's codes for a call that the server does not let us make, or has not. */
const PERMISSION_DENIED = 7;
const UNIMPLEMENTED = 12;

/**
 * Upserting a search attribute that is unknown, or of another type, fails a workflow task for ever, so a worker must
 * not begin like that.
 * @throws Error that names them and the command that registers them
 */
export async function checkSearchAttributes(
  operator: Pick<Connection['operatorService'], 'listSearchAttributes'>,
  namespace: string,
  logger: Logger,
): Promise<void> {
  const gaps = await searchAttributeGaps(operator, namespace).catch((error: unknown) => {
    const code: number | null = isGrpcServiceError(error) ? error.code : null;
    if (code !== PERMISSION_DENIED && code !== UNIMPLEMENTED) throw error;
    // Temporal Cloud keeps its operator service to itself; there they are set up in its console.
    writeEvent(logger, 'search-attributes-unchecked', {});
    return { missing: [], mistyped: [] };
  });
  if (gaps.missing.length > 0) {
    throw new Error(
      `Temporal's namespace ${namespace} lacks the search attributes ${gaps.missing.join(', ')}: run npm run temporal:setup`,
    );
  }
  if (gaps.mistyped.length > 0) {
    throw new Error(
      `Temporal's namespace ${namespace} has the search attributes ${gaps.mistyped.join(', ')} with another type: each must be Keyword`,
    );
  }
}

/**
 * A server without worker deployments would leave a versioned worker without any task, and without a word.
 * @throws Error that says so
 */
export async function checkDeployments(
  service: DeploymentService,
  version: DeploymentVersion,
  namespace: string,
  logger: Logger,
): Promise<void> {
  const unset = 'unset TEMPORAL_DEPLOYMENT_NAME and TEMPORAL_WORKER_BUILD_ID';
  try {
    await askRouting(service, version, namespace);
  } catch (error) {
    const code: number | null = isGrpcServiceError(error) ? error.code : null;
    if (code === UNIMPLEMENTED) {
      throw new Error(`This Temporal server has no worker deployments: use 1.28 or newer, or ${unset}`, {
        cause: error,
      });
    }
    if (!isGrpcServiceError(error) || code !== PERMISSION_DENIED) throw error;
    // Not `details`: over a worker's connection that is empty.
    if (/disabled/i.test(error.message)) {
      throw new Error(
        `Worker deployments are turned off in Temporal's namespace ${namespace}: turn them on there (system.enableDeploymentVersions), or ${unset}`,
        { cause: error },
      );
    }
    writeEvent(logger, 'deployments-unchecked', {});
  }
}
