import { setTimeout as sleep } from 'node:timers/promises';
import { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Bank } from './bank-book';
import { callOf, findCall } from './call';
import { routeOf } from './call-recording';
import { RefusedRequest } from './error-body';
import type { Fault } from './faults';
import type { SandboxState } from './sandbox-state';

const codes: Record<number, readonly [code: string, title: string]> = {
  400: ['parameter-not-valid', 'Parameter value is not valid'],
  401: ['invalid-authorization-token', 'Invalid authorization token.'],
  403: ['forbidden-access', 'Access to this resource is forbidden.'],
  404: ['resource-not-found', 'Requested resource is not found'],
  429: ['too-many-requests', 'Too many requests.'],
  500: ['internal-server-error', 'Internal server error'],
  503: ['service-unavailable', 'Service unavailable'],
};

/** Spoils calls as ordered over /_sandbox/faults, and those of the flaky bank. */
export function injectFaults(app: FastifyInstance, state: SandboxState): void {
  app.addHook('preHandler', async (request, reply) => {
    const bank = bankOf(request, state);
    const call = callOf(request);
    if (bank !== undefined) call.entry.institutionId = bank.institution.id;
    const route = routeOf(request);
    const fault = (route === null ? null : state.faults.take(route)) ?? flakyFault(bank);
    if (fault === null) return;
    call.entry.fault = fault.kind;
    call.fault = fault;
    await instead(fault, request, reply);
  });

  app.addHook('onSend', async (request, reply, payload: unknown) => {
    const fault = findCall(request)?.fault;
    if (fault?.kind === 'delay') await sleep(fault.ms, undefined, { ref: false });
    if (fault?.kind === 'reset-after') reset(request);
    if (fault?.kind === 'malformed' && typeof payload === 'string') {
      return payload.slice(0, payload.length / 2);
    }
    if (fault?.kind === 'wrong-content-type') {
      reply.header('content-type', 'text/html; charset=utf-8');
      return '<html><body><h1>Welcome</h1></body></html>';
    }
    return payload;
  });
}

/** The faults whose request is not done. */
async function instead(fault: Fault, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  switch (fault.kind) {
    case 'status': {
      const [code, title] = codes[fault.status] ?? ['unknown-error', 'Unknown error'];
      if (fault.retryAfterSeconds !== undefined) reply.header('retry-after', String(fault.retryAfterSeconds));
      const refusal = new RefusedRequest(fault.status, fault.code ?? code, title, 'Injected by the sandbox.');
      await reply.code(fault.status).send(refusal.body);
      return;
    }
    case 'redirect':
      await reply.code(302).header('location', fault.location).send();
      return;
    case 'reset-before':
      reply.hijack();
      reset(request);
      return;
    case 'reset-after':
    case 'delay':
    case 'malformed':
    case 'wrong-content-type':
      // Done first, then spoilt.
      return;
  }
}

function reset(request: FastifyRequest): void {
  const { socket } = request.raw;
  if (socket instanceof Socket) socket.resetAndDestroy();
}

function flakyFault(bank: Bank | undefined): Fault | null {
  switch (bank?.nextFlakyFault() ?? null) {
    case 'error-500':
      return { kind: 'status', status: 500 };
    case 'error-429':
      return { kind: 'status', status: 429, retryAfterSeconds: 1 };
    case 'reset':
      return { kind: 'reset-before' };
    case null:
      return null;
  }
}

/** The bank that a call about a connection or a job is about. */
function bankOf(request: FastifyRequest, state: SandboxState): Bank | undefined {
  const connectionId = textAt(request.params, 'connectionId');
  const jobId = textAt(request.params, 'jobId');
  const institutionId =
    textAt(valueAt(request.body, 'institution'), 'id') ??
    state.store.connections.get(connectionId ?? '')?.institutionId ??
    state.store.jobs.get(jobId ?? '')?.plan.institutionId;
  return state.banks.find(institutionId ?? '');
}

function valueAt(object: unknown, key: string): unknown {
  return typeof object === 'object' && object !== null ? Reflect.get(object, key) : undefined;
}

function textAt(object: unknown, key: string): string | undefined {
  const value = valueAt(object, key);
  return typeof value === 'string' ? value : undefined;
}
