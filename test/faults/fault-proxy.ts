import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

/** What a call is for; the POSTs that must not be repeated are `start` and `answer`. */
export type CallKind = 'token' | 'start' | 'answer' | 'look' | 'other';

/** One call of a worker's, as it was read here to its last byte. */
export interface Passage {
  /** which worker's: each has a door of its own */
  door: string;
  kind: CallKind;
  path: string;
  /** whether Basiq got it */
  reached: boolean;
  /** what Basiq answered; null when it got nothing or has not answered yet */
  status: number | null;
}

/** How one call is spoilt. Those with `done` may be, or not be, passed on to Basiq first. */
export type Spoil =
  | { kind: 'status'; status: number; retryAfterSeconds: number | null }
  | { kind: 'reset'; done: boolean }
  | { kind: 'drip'; everyMs: number }
  | { kind: 'body'; done: boolean; contentType: string; body: string }
  /** Content-Length promises more than comes before the connection ends */
  | { kind: 'truncated' }
  | { kind: 'redirect'; status: number; location: string };

/** At `read` Basiq does not have the call yet, at `done` it has answered; `drop` ends the connection there. */
export type Gate = (passage: Passage, moment: 'read' | 'done') => Promise<'pass' | 'drop'>;

const pass: Gate = () => Promise.resolve('pass');

/** Stands between the workers and the sandbox: sees each call, and makes the faults that happen on the way. */
export class FaultProxy {
  readonly passages: Passage[] = [];
  /** Asked for each call that has been read. */
  spoil: (passage: Passage) => Spoil | null = () => null;
  gate: Gate = pass;
  private readonly doors: Door[] = [];

  constructor(private readonly sandboxUrl: string) {}

  /** One more address under which Basiq can be reached. */
  async door(name: string): Promise<string> {
    const door = new Door((request, response) => void this.serve(name, request, response));
    await door.open();
    this.doors.push(door);
    return door.url;
  }

  honest(): void {
    this.spoil = () => null;
    this.gate = pass;
  }

  /** From now on connections are refused; those that are open are reset. */
  async close(): Promise<void> {
    await Promise.all(this.doors.map((door) => door.close()));
  }

  /** On the same ports again. */
  async reopen(): Promise<void> {
    await Promise.all(this.doors.map((door) => door.open()));
  }

  private async serve(door: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await text(request);
      const path = request.url ?? '/';
      const kind = kindOf(request.method ?? 'GET', path);
      const passage: Passage = { door, kind, path, reached: false, status: null };
      this.passages.push(passage);
      await this.answer(passage, request, body, response);
    } catch {
      // The worker has gone, or we close.
      response.destroy();
    }
  }

  private async answer(
    passage: Passage,
    request: IncomingMessage,
    body: string,
    response: ServerResponse,
  ): Promise<void> {
    if ((await this.gate(passage, 'read')) === 'drop') {
      reset(response);
      return;
    }
    const spoil = this.spoil(passage);
    const instead = spoil !== null && (!('done' in spoil) ? isInstead(spoil) : !spoil.done);
    if (spoil !== null && instead) {
      await spoilt(spoil, response, null);
      return;
    }
    passage.reached = true;
    const answer = await fetch(this.sandboxUrl + passage.path, {
      method: request.method ?? 'GET',
      headers: passedOn(request),
      ...(body === '' ? {} : { body }),
    });
    passage.status = answer.status;
    const genuine: Genuine = {
      status: answer.status,
      headers: {
        'content-type': answer.headers.get('content-type') ?? 'application/json',
        date: answer.headers.get('date') ?? '',
        ...retryAfter(answer.headers.get('retry-after')),
      },
      body: await answer.text(),
    };
    if ((await this.gate(passage, 'done')) === 'drop') {
      reset(response);
      return;
    }
    if (spoil !== null) {
      await spoilt(spoil, response, genuine);
      return;
    }
    response.writeHead(genuine.status, genuine.headers);
    response.end(genuine.body);
  }
}

interface Genuine {
  status: number;
  headers: Record<string, string>;
  body: string;
}

function isInstead({ kind }: Spoil): boolean {
  return kind === 'status' || kind === 'redirect';
}

async function spoilt(spoil: Spoil, response: ServerResponse, genuine: Genuine | null): Promise<void> {
  const date = genuine?.headers['date'] ?? new Date().toUTCString();
  switch (spoil.kind) {
    case 'status': {
      const { status, retryAfterSeconds } = spoil;
      response.writeHead(status, {
        'content-type': 'application/json',
        date,
        ...retryAfter(retryAfterSeconds === null ? null : String(retryAfterSeconds)),
      });
      const code = status === 429 ? 'too-many-requests' : 'internal-server-error';
      const data = [{ type: 'error', code, title: 'Injected on the way' }];
      response.end(JSON.stringify({ type: 'list', correlationId: 'fault', data }));
      return;
    }
    case 'reset':
      reset(response);
      return;
    case 'drip': {
      const { status, headers, body } = genuine ?? { status: 200, headers: {}, body: '' };
      response.writeHead(status, headers);
      for (const letter of body) {
        if (response.destroyed) return;
        response.write(letter);
        await delay(spoil.everyMs);
      }
      response.end();
      return;
    }
    case 'body':
      response.writeHead(genuine?.status ?? 200, { 'content-type': spoil.contentType, date });
      response.end(spoil.body);
      return;
    case 'truncated': {
      const { status, headers, body } = genuine ?? { status: 200, headers: {}, body: '{}' };
      response.writeHead(status, { ...headers, 'content-length': String(Buffer.byteLength(body)) });
      response.write(body.slice(0, body.length / 2));
      await delay(20);
      reset(response);
      return;
    }
    case 'redirect':
      response.writeHead(spoil.status, { location: spoil.location, date });
      response.end();
  }
}

function reset(response: ServerResponse): void {
  const { socket } = response;
  if (socket instanceof Socket) socket.resetAndDestroy();
  else response.destroy();
}

function retryAfter(value: string | null): Record<string, string> {
  return value === null ? {} : { 'retry-after': value };
}

function kindOf(method: string, path: string): CallKind {
  if (path.startsWith('/token')) return 'token';
  if (method === 'POST' && /^\/users\/[^/]+\/connections/.test(path)) return 'start';
  if (method === 'POST' && /^\/jobs\/[^/]+\/mfa/.test(path)) return 'answer';
  if (method === 'GET' && path.startsWith('/jobs/')) return 'look';
  return 'other';
}

function passedOn({ headers }: IncomingMessage): Record<string, string> {
  const names = ['authorization', 'content-type', 'basiq-version'] as const;
  return Object.fromEntries(
    names.flatMap((name) => (typeof headers[name] === 'string' ? [[name, headers[name]]] : [])),
  );
}

/** A listening port that can be shut and opened again. */
class Door {
  private port = 0;
  private server: Server | null = null;

  constructor(private readonly serve: (request: IncomingMessage, response: ServerResponse) => void) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async open(): Promise<void> {
    const server = createServer(this.serve);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.port, '127.0.0.1', resolve);
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
    this.port = address.port;
    this.server = server;
  }

  async close(): Promise<void> {
    const { server } = this;
    this.server = null;
    if (server === null) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }
}
