import type { FastifyRequest } from 'fastify';
import { checkToken, type IssuedToken, type Scope } from './tokens';
import type { Fault } from './faults';
import type { LoggedRequest } from './request-log';
import type { SandboxState } from './sandbox-state';

/** What the sandbox keeps of a request while it is answered. */
export interface Call {
  /** The sandbox's clock when the request came: one time for all that it does. */
  nowMs: number;
  token: IssuedToken | null;
  entry: LoggedRequest;
  /** A fault that is to spoil the answer. */
  fault: Fault | null;
}

const calls = new WeakMap<FastifyRequest, Call>();

export function beginCall(request: FastifyRequest, call: Call): void {
  calls.set(request, call);
}

export function findCall(request: FastifyRequest): Call | undefined {
  return calls.get(request);
}

export function callOf(request: FastifyRequest): Call {
  const call = calls.get(request);
  if (call === undefined) throw new Error('the request was not recorded');
  return call;
}

export function authorise(request: FastifyRequest, scope: Scope): Call & { token: IssuedToken } {
  const call = callOf(request);
  return { ...call, token: checkToken(call.token, scope, call.nowMs) };
}

/** A path as it is to be shown: Basiq shows absolute links in some answers and relative ones in others. */
export type LinkTo = (path: string) => string;

export function linkTo(request: FastifyRequest, state: SandboxState): LinkTo {
  return state.settings.linkForm === 'relative'
    ? (path) => path
    : (path) => `${request.protocol}://${request.host}${path}`;
}
