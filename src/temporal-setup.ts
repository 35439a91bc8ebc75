import { Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { registerSearchAttributes } from './register-search-attributes';

/** `npm run temporal:setup`: prepares a Temporal namespace for the workers. Safe to run again. */
async function main(): Promise<void> {
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  const connection = await Connection.connect(connectionOptions);
  try {
    const registered = await registerSearchAttributes(connection.operatorService, namespace);
    console.log(
      registered.length === 0
        ? `Namespace ${namespace}: all search attributes are there already`
        : `Namespace ${namespace}: registered ${registered.join(', ')}`,
    );
  } finally {
    await connection.close();
  }
}

main().catch((error: unknown) => {
  console.error(`temporal:setup: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
