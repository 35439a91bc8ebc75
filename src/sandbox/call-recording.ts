import type { FastifyInstance, FastifyRequest } from 'fastify';
import { beginCall, findCall } from './call';
import type { SandboxState } from './sandbox-state';

export const ADMIN_PREFIX = '/_sandbox';

export function routeOf(request: FastifyRequest): string | null {
  const { url } = request.routeOptions;
  return url === undefined ? null : `${request.method} ${url}`;
}

/** Reads the clock once for each request, logs what is meant for Basiq, and dates each answer. */
export function recordCalls(app: FastifyInstance, state: SandboxState): void {
  app.addHook('onRequest', async (request) => {
    const nowMs = await state.clock.nowMs();
    const token = state.tokens.of(request.headers.authorization);
    const entry = {
      at: new Date(nowMs).toISOString(),
      method: request.method,
      path: request.url.replace(/\?.*$/s, ''),
      route: routeOf(request),
      status: null,
      scope: token?.scope ?? null,
      fault: null,
    };
    beginCall(request, { nowMs, token, entry, fault: null });
    if (!entry.path.startsWith(`${ADMIN_PREFIX}/`)) state.log.add(entry);
  });

  app.addHook('onSend', async (request, reply) => {
    // Basiq's clock can only be read from this header: it has to be the sandbox's, not the machine's.
    reply.header('date', new Date(await state.clock.nowMs()).toUTCString());
    const call = findCall(request);
    if (call !== undefined && call.fault?.kind !== 'reset-after') call.entry.status = reply.statusCode;
  });
}
