import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { bankBehaviourChange } from './bank-behaviour';
import type { Bank } from './bank-book';
import { callOf } from './call';
import { ADMIN_PREFIX } from './call-recording';
import { faultOrderSchema } from './faults';
import type { SandboxState } from './sandbox-state';
import { settingsChange } from './settings';
import type { Job } from './store';

/** A control that was used wrongly: says which field, and what it should be. */
class AdminProblem extends Error {
  constructor(
    readonly problems: { field: string; problem: string }[],
    readonly status = 400,
  ) {
    super('The request to the sandbox cannot be done.');
  }
}

interface ByInstitution {
  Params: { institutionId: string };
}

/** The sandbox's own controls; they need no token. `routes` are the API routes that can be given faults. */
export function adminRoutes(app: FastifyInstance, state: SandboxState, routes: ReadonlySet<string>): void {
  void app.register(
    (admin, _options, done) => {
      admin.setErrorHandler(answerProblem);
      institutionControls(admin, state);
      clockControls(admin, state);
      faultControls(admin, state, routes);
      observations(admin, state);
      settingsControls(admin, state);
      done();
    },
    { prefix: ADMIN_PREFIX },
  );
}

function institutionControls(admin: FastifyInstance, state: SandboxState): void {
  const bankOf = (institutionId: string): Bank => {
    const bank = state.banks.find(institutionId);
    if (bank !== undefined) return bank;
    const known = state.banks.all.map(({ institution }) => institution.id).join(', ');
    throw new AdminProblem([{ field: 'institutionId', problem: `is unknown; known are ${known}` }], 404);
  };
  const change = (request: FastifyRequest<ByInstitution>): object => {
    const bank = bankOf(request.params.institutionId);
    const wanted = read(bankBehaviourChange, request.body);
    return { id: bank.institution.id, ...bank.behaviour.change(wanted, callOf(request).nowMs) };
  };
  admin.get<ByInstitution>('/institutions/:institutionId', (request) => {
    const bank = bankOf(request.params.institutionId);
    return { id: bank.institution.id, ...bank.behaviour.latest };
  });
  admin.put<ByInstitution>('/institutions/:institutionId', change);
  admin.post<ByInstitution>('/institutions/:institutionId', change);
}

function clockControls(admin: FastifyInstance, state: SandboxState): void {
  const reading = async (): Promise<object> => {
    const nowMs = await state.clock.nowMs();
    return { now: new Date(nowMs).toISOString(), nowMs };
  };
  const advance = z.strictObject({ ms: z.number().min(0) });
  admin.get('/clock', reading);
  admin.post('/clock/advance', (request) => {
    state.clock.advance(read(advance, request.body).ms);
    return reading();
  });
  admin.post('/tokens/expire', () => ({ expired: state.tokens.expireAll() }));
}

function faultControls(admin: FastifyInstance, state: SandboxState, routes: ReadonlySet<string>): void {
  admin.get('/faults', () => ({ data: state.faults.list() }));
  admin.post('/faults', (request, reply) => {
    const order = read(faultOrderSchema, request.body);
    if (!routes.has(order.route)) {
      const known = [...routes].join(', ');
      throw new AdminProblem([{ field: 'route', problem: `is not one of the API's routes: ${known}` }]);
    }
    state.faults.add(order);
    return reply.code(201).send({ data: state.faults.list() });
  });
  admin.delete('/faults', (_request, reply) => {
    state.faults.clear();
    return reply.code(204).send();
  });
}

function observations(admin: FastifyInstance, state: SandboxState): void {
  const query = z.strictObject({ route: z.string().optional() });
  admin.get('/requests', (request) => {
    const data = state.log.list(read(query, request.query).route);
    return { size: data.length, data };
  });
  admin.delete('/requests', (_request, reply) => {
    state.log.clear();
    return reply.code(204).send();
  });
  admin.get('/jobs', (request) => {
    const { nowMs } = callOf(request);
    const data = [...state.store.jobs.values()].map((job) => jobSummary(job, nowMs));
    return { size: data.length, data };
  });
}

function settingsControls(admin: FastifyInstance, state: SandboxState): void {
  admin.get('/settings', () => state.settings);
  admin.put('/settings', (request) => Object.assign(state.settings, read(settingsChange, request.body)));
}

function jobSummary(job: Job, nowMs: number): object {
  const { jobId, userId, connectionId, institutionId, kind, createdAtMs } = job.plan;
  const { state, updatedAtMs, queueTries } = job.at(nowMs);
  return {
    jobId,
    userId,
    connectionId,
    institutionId,
    kind,
    state,
    created: new Date(createdAtMs).toISOString(),
    updated: new Date(updatedAtMs).toISOString(),
    queueTries,
    mfaAnswers: job.answers.map(({ atMs, round, verdict }) => ({
      at: new Date(atMs).toISOString(),
      round,
      verdict,
    })),
  };
}

function read<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => ({
    field: issue.path.join('.') || '(body)',
    problem: issue.message,
  }));
  throw new AdminProblem(problems);
}

function answerProblem(error: Error, _request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof AdminProblem) {
    return reply.code(error.status).send({ error: error.message, problems: error.problems });
  }
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
  return reply.code(status).send({ error: error.message, problems: [] });
}
