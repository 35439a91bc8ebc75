import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Health } from './worker-health';

export interface Probes {
  live: () => Health;
  ready: () => Promise<Health>;
  /** text in Prometheus's exposition format */
  metrics: () => Promise<string>;
}

export interface HttpServer {
  /** as it is bound: the free port, when 0 was asked for */
  port: number;
  close(): Promise<void>;
}

/**
 * Serves `/healthz`, `/readyz` and `/metrics`, GET alone.
 * @throws Error that names WORKER_HTTP_ADDRESS when the address cannot be used
 */
export async function serveHttp(
  { host, port }: { host: string; port: number },
  probes: Probes,
): Promise<HttpServer> {
  const server = createServer((request, response) => {
    void answer(request.method ?? '', request.url ?? '', response, probes);
  });
  // Nobody has a reason to be slow here.
  server.requestTimeout = 10_000;
  await listening(server, host, port);
  const address = server.address();
  return {
    port: address === null || typeof address === 'string' ? port : address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(method: string, url: string, response: ServerResponse, probes: Probes): Promise<void> {
  const [path = ''] = url.split('?');
  const route = ROUTES[path];
  if (route === undefined) {
    send(response, 404, 'there are /healthz, /readyz and /metrics');
    return;
  }
  if (method !== 'GET') {
    send(response.setHeader('allow', 'GET'), 405, 'GET alone');
    return;
  }
  try {
    await route(response, probes);
  } catch {
    // Its text may hold an address; the reason is in the log of whatever failed.
    send(response, 503, 'not available');
  }
}

const ROUTES: Readonly<Record<string, (response: ServerResponse, probes: Probes) => Promise<void> | void>> = {
  '/healthz': (response, { live }) => sendHealth(response, live()),
  '/readyz': async (response, { ready }) => sendHealth(response, await ready()),
  '/metrics': async (response, { metrics }) => {
    const text = await metrics();
    response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8').end(text);
  },
};

function sendHealth(response: ServerResponse, health: Health): void {
  send(response, health.ok ? 200 : 503, health.ok ? 'ok' : health.reason);
}

function send(response: ServerResponse, status: number, line: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${line}\n`);
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new Error(`WORKER_HTTP_ADDRESS: ${host} port ${port} cannot be used: ${whyNot(error.code)}`));
    });
    server.listen(port, host, resolve);
  });
}

function whyNot(code: string | undefined): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'something else listens there. Stop it, or give another port';
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return 'it is no address of this machine. Give one that is, or 0.0.0.0 for all of them';
    case 'EACCES':
      return 'this user may not. Give a port above 1023';
    default:
      return code ?? 'the reason is not known';
  }
}
