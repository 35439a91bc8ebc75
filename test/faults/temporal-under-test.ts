import path from 'node:path';
import { attemptSearchAttributes } from '../../tools/attempt-search-attributes';
import { startDevServer } from '../../tools/temporal-dev-server';

/** A part that can be killed as its machine would be, and that comes back with what it had stored. */
export interface Killable {
  /** SIGKILL; returns when it is gone. */
  kill: () => Promise<void>;
  /** On the same data and port; returns when it serves. */
  restart: () => Promise<void>;
}

/** The Temporal that the attempts run on. */
export interface TemporalUnderTest {
  address: string;
  server: Killable;
  /** null: its data is in a file of the server's own */
  database: Killable | null;
  stop: () => Promise<void>;
}

/** The dev server, on a database file in the folder. */
export async function devServerOnFile(folder: string): Promise<TemporalUnderTest> {
  const options = { dbFile: path.join(folder, 'temporal.db'), searchAttributes: attemptSearchAttributes };
  let server = await startDevServer(options);
  const { address } = server;
  const port = Number(address.split(':')[1]);
  return {
    address,
    server: {
      kill: async () => {
        server.kill();
        await server.ended;
      },
      restart: async () => {
        server = await startDevServer({ ...options, port });
      },
    },
    database: null,
    stop: () => server.stop(),
  };
}
