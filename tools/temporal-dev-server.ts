import { Connection } from '@temporalio/client';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './free-ports';
import { startChild, type ChildEnd, type OutputLine, type RunningChild } from './child-process';
import { temporalCliPath } from './temporal-servers';

export type SearchAttributeType = 'Text' | 'Keyword' | 'Int' | 'Double' | 'Bool' | 'Datetime' | 'KeywordList';

export interface DevServerOptions {
  /** A database file that keeps its state; without one it is gone with the server. */
  readonly dbFile?: string;
  /** The gRPC port; without one (or with 0) a free port. */
  readonly port?: number;
  /** The Web UI's port; 0 for a free port, null or nothing for no UI. */
  readonly uiPort?: number | null;
  /** The port of the server's own metrics; 0 for a free port. Without one they are where nobody looks. */
  readonly metricsPort?: number;
  /** Registered in the namespace `default`. */
  readonly searchAttributes: Readonly<Record<string, SearchAttributeType>>;
  /** Settings of the server's own, by name; each value as JSON. */
  readonly dynamicConfig?: Readonly<Record<string, string>>;
  readonly onLine?: (line: OutputLine) => void;
}

export interface DevServer {
  /** `127.0.0.1:PORT`, for gRPC. */
  readonly address: string;
  readonly uiUrl: string | null;
  /** Prometheus text; null when no port was asked for. */
  readonly metricsUrl: string | null;
  readonly pid: number;
  /** What the server has written so far. */
  output(): string;
  /** Settles when it has ended, by us or by itself. */
  readonly ended: Promise<ChildEnd>;
  stop(): Promise<void>;
  /** SIGKILL; does not wait. */
  kill(): void;
}

const readyLimitMs = 60_000;
const attempts = 3;

/**
 * Starts `temporal server start-dev` and waits until its namespace answers a real call.
 * @throws Error when a port that was asked for is taken, or the server does not come up within a minute
 */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  const cli = temporalCliPath();
  const fixed = [options.port ?? 0, options.uiPort ?? 0, options.metricsPort ?? 0].filter(
    (port) => port !== 0,
  );
  for (const port of fixed) await assertFree(port);

  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(cli, options);
    } catch (error) {
      // A free port may be taken between our finding it and the server's binding it.
      const taken = error instanceof Error && /address already in use|can't set .*port/i.test(error.message);
      if (!taken || attempt === attempts) throw error;
    }
  }
}

async function startOnce(cli: string, options: DevServerOptions): Promise<DevServer> {
  const port = options.port || (await freePort());
  const uiPort = options.uiPort === 0 ? await freePort() : (options.uiPort ?? null);
  const metricsPort = options.metricsPort === 0 ? await freePort() : (options.metricsPort ?? null);
  const address = `127.0.0.1:${port}`;
  const child = await startChild({
    name: 'Temporal dev server',
    command: cli,
    args: [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port)],
      ...(uiPort === null ? ['--headless'] : ['--ui-port', String(uiPort)]),
      ...(metricsPort === null ? [] : ['--metrics-port', String(metricsPort)]),
      ...(options.dbFile === undefined ? [] : ['--db-filename', options.dbFile]),
      ...Object.entries(options.searchAttributes).flatMap(([name, type]) => [
        '--search-attribute',
        `${name}=${type}`,
      ]),
      ...Object.entries(options.dynamicConfig ?? {}).flatMap(([name, value]) => [
        '--dynamic-config-value',
        `${name}=${value}`,
      ]),
    ],
    ...(options.onLine === undefined ? {} : { onLine: options.onLine }),
  });
  try {
    await child.waitUntil(() => answers(address), readyLimitMs);
    await registerMissing(address, options.searchAttributes);
  } catch (error) {
    await child.stop();
    throw error;
  }
  const metricsUrl = metricsPort === null ? null : `http://127.0.0.1:${metricsPort}/metrics`;
  return devServer(child, address, uiPort, metricsUrl);
}

function devServer(
  child: RunningChild,
  address: string,
  uiPort: number | null,
  metricsUrl: string | null,
): DevServer {
  return {
    address,
    metricsUrl,
    uiUrl: uiPort === null ? null : `http://localhost:${uiPort}`,
    pid: child.pid,
    output: () => child.output(),
    ended: child.ended,
    stop: async () => {
      await child.stop();
    },
    kill: () => child.kill(),
  };
}

async function answers(address: string): Promise<boolean> {
  const connection = await Connection.connect({ address, connectTimeout: 1000 });
  try {
    await connection.workflowService.describeNamespace({ namespace: 'default' });
    return true;
  } finally {
    await connection.close();
  }
}

/** The protocol's own numbers (temporal.api.enums.v1.IndexedValueType). */
const indexedValueTypes = {
  Text: 1,
  Keyword: 2,
  Int: 3,
  Double: 4,
  Bool: 5,
  Datetime: 6,
  KeywordList: 7,
} as const;

/** The CLI's --search-attribute does nothing on a database that has its namespace already. */
async function registerMissing(
  address: string,
  wanted: Readonly<Record<string, SearchAttributeType>>,
): Promise<void> {
  const connection = await Connection.connect({ address });
  const namespace = 'default';
  try {
    const missing = async (): Promise<[string, SearchAttributeType][]> => {
      const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
      return Object.entries(wanted).filter(([name]) => !(name in customAttributes));
    };
    const toAdd = await missing();
    if (toAdd.length === 0) return;
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(toAdd.map(([name, type]) => [name, indexedValueTypes[type]])),
    });
    const deadlineAt = performance.now() + 30_000;
    while ((await missing()).length > 0) {
      if (performance.now() > deadlineAt)
        throw new Error('The search attributes were not registered in 30 s');
      await delay(100);
    }
  } finally {
    await connection.close();
  }
}

async function assertFree(port: number): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new Error(`Port ${port} cannot be used: ${error.message}`)));
    server.listen(port, '127.0.0.1', resolve);
  });
  await new Promise((resolve) => server.close(resolve));
}
