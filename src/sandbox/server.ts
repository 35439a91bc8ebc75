import formbody from '@fastify/formbody';
import fastify, { type FastifyInstance } from 'fastify';
import { adminRoutes } from './admin-routes';
import { BankBook } from './bank-book';
import { recordCalls } from './call-recording';
import { connectionRoutes } from './connection-routes';
import { notFound, refusalOf } from './error-body';
import { injectFaults } from './fault-injection';
import { FaultBook } from './faults';
import { institutionRoutes } from './institution-routes';
import { jobRoutes } from './job-routes';
import { RequestLog } from './request-log';
import { SandboxClock } from './sandbox-clock';
import type { SandboxState } from './sandbox-state';
import { Store } from './store';
import { tokenRoutes } from './token-routes';
import { TokenDesk } from './tokens';
import { userRoutes } from './user-routes';

export interface SandboxOptions {
  apiKey: string;
  /** Default 0: any free port. */
  port?: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** Divides the queue's two hours and seven days, and nothing else. Default 1. */
  queueScale?: number;
  /** How long a step takes; 0: finished at the first look. Default 1000. */
  stepMs?: number;
  /** Epoch ms: the clock that the sandbox follows. Default: the machine's. */
  now?: () => number | Promise<number>;
  /** Default object. */
  stepResultForm?: 'object' | 'array';
  /** Default absolute. */
  linkForm?: 'relative' | 'absolute';
  /** What a token's `version` claim says. Default: what basiq-version asked for. */
  tokenVersion?: '2.0' | '2.1' | '3.0';
  /** Default 3600. */
  tokenLifeSeconds?: number;
}

export interface Sandbox {
  url: string;
  close(): Promise<void>;
}

/** Starts a Basiq 2.1 for development. It keeps nothing: what it knows ends with it. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const app = fastify({ forceCloseConnections: true, exposeHeadRoutes: false });
  readBodies(app);
  const state = newState(options);
  recordCalls(app, state);
  injectFaults(app, state);
  app.setErrorHandler((error: Error, _request, reply) => {
    const refusal = refusalOf(error);
    return reply.code(refusal.status).send(refusal.body);
  });
  app.setNotFoundHandler((_request, reply) => {
    const refusal = notFound('resource');
    return reply.code(refusal.status).send(refusal.body);
  });
  const routes = new Set<string>();
  app.addHook('onRoute', ({ method, url }) => {
    for (const name of [method].flat()) routes.add(`${name} ${url}`);
  });
  tokenRoutes(app, state);
  userRoutes(app, state);
  institutionRoutes(app, state);
  connectionRoutes(app, state);
  jobRoutes(app, state);
  adminRoutes(app, state, new Set(routes));
  const url = await app.listen({ port: options.port ?? 0, host: options.host ?? '127.0.0.1' });
  return { url, close: () => app.close() };
}

function newState(options: SandboxOptions): SandboxState {
  return {
    apiKey: options.apiKey,
    clock: new SandboxClock(options.now ?? Date.now),
    settings: {
      queueScale: options.queueScale ?? 1,
      stepMs: options.stepMs ?? 1000,
      stepResultForm: options.stepResultForm ?? 'object',
      linkForm: options.linkForm ?? 'absolute',
      tokenVersion: options.tokenVersion ?? null,
      tokenLifeSeconds: options.tokenLifeSeconds ?? 3600,
    },
    banks: new BankBook(),
    store: new Store(),
    tokens: new TokenDesk(),
    faults: new FaultBook(),
    log: new RequestLog(),
  };
}

/** Clients may say that a body is JSON and send none, as for a refresh. */
function readBodies(app: FastifyInstance): void {
  void app.register(formbody);
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      const text = body.toString();
      const json: unknown = text === '' ? {} : JSON.parse(text);
      done(null, json);
    } catch {
      done(Object.assign(new Error('The body is not JSON.'), { statusCode: 400 }));
    }
  });
}
