import type { Connection } from '@temporalio/client';
import type { BasiqClient } from './basiq/basiq-client';
import { BasiqError } from './basiq/basiq-error';
import type { Logger } from './log';
import { missingSearchAttributes } from './register-search-attributes';

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
    logger.warn({ code: version.code }, 'Basiq cannot be reached; the API version of the key is not checked');
  } else if (version === null) {
    logger.warn('The token does not say which API version it is for; attempts need 2.1');
  } else if (version !== NEEDED_VERSION) {
    throw new Error(`BASIQ_API_KEY gives tokens for Basiq API ${version}; attempts need ${NEEDED_VERSION}`);
  }
}

/**
 * Upserting an unknown search attribute fails a workflow task for ever, so a worker must not begin without them.
 * @throws Error that names the missing ones and the command that registers them
 */
export async function checkSearchAttributes(
  operator: Connection['operatorService'],
  namespace: string,
  logger: Logger,
): Promise<void> {
  let missing: string[];
  try {
    missing = await missingSearchAttributes(operator, namespace);
  } catch (error) {
    // Temporal Cloud keeps its operator service to itself; there the attributes are set up in its console.
    logger.warn({ err: error }, 'The search attributes cannot be checked on this server');
    return;
  }
  if (missing.length > 0) {
    throw new Error(
      `Temporal's namespace ${namespace} lacks the search attributes ${missing.join(', ')}: run npm run temporal:setup`,
    );
  }
}
