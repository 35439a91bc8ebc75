import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { BasiqClient, type BasiqCall, type BasiqClientOptions } from '../../src/basiq/basiq-client';

export interface Received {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export type Script = (received: Received, response: ServerResponse, socket: Socket) => void;

/** A real HTTP server that does what each test says: tokens by itself, everything else by the test's script. */
export class ScriptedServer {
  readonly received: Received[] = [];
  readonly calls: BasiqCall[] = [];
  script: Script = (_, response) => json(response, 200, {});
  tokenScript: Script = (received, response) => {
    const scope = new URLSearchParams(received.body).get('scope') ?? '';
    this.tokens += 1;
    json(response, 200, { access_token: jwt({ scope, n: this.tokens, version: '2.1' }), expires_in: 3600 });
  };
  tokens = 0;
  readonly #server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const received = { method, url, headers, body };
      this.received.push(received);
      const script = url.endsWith('/token') ? this.tokenScript : this.script;
      script(received, response, request.socket);
    });
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('not listening');
    return `http://127.0.0.1:${address.port}`;
  }

  client(options: Partial<BasiqClientOptions> = {}): BasiqClient {
    return new BasiqClient({
      apiUrl: this.url,
      apiKey: 'dGVzdC1rZXk6c2VjcmV0',
      maxCallsPerSecond: 1000,
      timeoutMs: 5000,
      onCall: (call) => this.calls.push(call),
      ...options,
    });
  }

  /** what came besides token calls */
  get asked(): Received[] {
    return this.received.filter(({ url }) => !url.endsWith('/token'));
  }
}

export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

export function basiqErrorBody(code: string, title: string, detail?: string) {
  const source = null;
  return { type: 'list', correlationId: 'corr-1', data: [{ type: 'error', code, title, detail, source }] };
}

export function jwt(claims: unknown): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part(claims)}.signature`;
}
