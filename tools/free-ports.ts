import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** A port of the loopback address that is free now. Another process may still take it before it is used. */
export async function freePort(): Promise<number> {
  const { port, release } = await hold(0);
  await release();
  return port;
}

/**
 * So many different ports that are free now, of those that no outgoing connection takes (it could, between the end of
 * a process and its next start): 10,000 to 32,767. Temporal's server knows no higher ones: its schema for PostgreSQL
 * keeps them in a smallint.
 */
export async function lastingPorts(count: number): Promise<number[]> {
  const held: Held[] = [];
  while (held.length < count) {
    const port = randomInt(10_000, 32_768);
    try {
      // Held until all are found, or the same one could come twice.
      held.push(await hold(port));
    } catch {
      // Taken: another one.
    }
  }
  await Promise.all(held.map(({ release }) => release()));
  return held.map(({ port }) => port);
}

interface Held {
  port: number;
  release: () => Promise<unknown>;
}

async function hold(wanted: number): Promise<Held> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(wanted, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No free port was found');
  return { port: address.port, release: () => new Promise((resolve) => server.close(resolve)) };
}
