import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { authorise, callOf, linkTo } from './call';
import { connectionDocument, listedConnection } from './connection-document';
import { connectionStatus } from './connection-status';
import { bodyOf, RefusedRequest } from './error-body';
import { foundBank, foundConnection, foundUser } from './found';
import { jobReference } from './job-document';
import { type JobOrder, makeJob } from './job-maker';
import { connectionFilter } from './list-filter';
import { personOf, signIn } from './people';
import type { SandboxState } from './sandbox-state';
import type { Connection, Job } from './store';

/** All banks here ask for login and password; none takes a user token. */
const newConnection = z.looseObject({
  loginId: z.string().min(1),
  password: z.string().min(1),
  institution: z.looseObject({ id: z.string().min(1) }),
  securityCode: z.string().optional(),
  secondaryLoginId: z.string().optional(),
});

/** A `loginId` cannot be changed, so one that is sent is left aside. */
const newCredentials = z.looseObject({ password: z.string().min(1), securityCode: z.string().optional() });

interface ByUser {
  Params: { userId: string };
  Querystring: { filter?: string };
}

interface ByConnection {
  Params: { userId: string; connectionId: string };
}

/** Connections (Basiq 2.1 docs). */
export function connectionRoutes(app: FastifyInstance, state: SandboxState): void {
  const { store } = state;

  app.post<ByUser>('/users/:userId/connections', (request, reply) => {
    const { token, nowMs } = authorise(request, 'SERVER_ACCESS');
    const { id: userId } = foundUser(state, token, request.params.userId);
    const { loginId, password, institution } = bodyOf(newConnection, request.body);
    const bank = foundBank(state, institution.id);
    const earlier = store.lastJob({ userId, institutionId: institution.id, loginId });
    if (earlier?.isUnderWay(nowMs) === true) return original(request, reply, earlier);
    const connection: Connection = {
      id: randomUUID(),
      userId,
      institutionId: institution.id,
      loginId,
      createdAtMs: nowMs,
      jobs: [],
    };
    store.addConnection(connection);
    const person = signIn(loginId, password);
    return accepted(request, reply, {
      kind: 'create',
      connection,
      bank,
      person,
      apiVersion: token.version,
      nowMs,
    });
  });

  app.post<ByConnection>('/users/:userId/connections/:connectionId', (request, reply) => {
    const { token, nowMs } = authorise(request, 'SERVER_ACCESS');
    const { connection, bank } = foundConnection(state, token, request.params);
    const { password } = bodyOf(newCredentials, request.body);
    const running = jobUnderWay(connection, nowMs);
    if (running !== undefined) return original(request, reply, running);
    const person = signIn(connection.loginId, password);
    return accepted(request, reply, {
      kind: 'update',
      connection,
      bank,
      person,
      apiVersion: token.version,
      nowMs,
    });
  });

  app.post<ByConnection>('/users/:userId/connections/:connectionId/refresh', (request, reply) => {
    const { token, nowMs } = authorise(request, 'SERVER_ACCESS');
    const { connection, bank } = foundConnection(state, token, request.params);
    const running = jobUnderWay(connection, nowMs);
    if (running !== undefined) return original(request, reply, running);
    // Basiq's pages differ here: the 2.1 text and the error table forbid it, a later page lets it through.
    if (connectionStatus(connection, nowMs).status === 'invalid') {
      throw new RefusedRequest(
        400,
        'invalid-credentials',
        'Invalid credentials',
        'The connection is invalid. Update its credentials first.',
      );
    }
    const person = personOf(connection.loginId);
    return accepted(request, reply, {
      kind: 'refresh',
      connection,
      bank,
      person,
      apiVersion: token.version,
      nowMs,
    });
  });

  app.get<ByUser>('/users/:userId/connections', (request) => {
    const { token, nowMs } = authorise(request, 'SERVER_ACCESS');
    const { id } = foundUser(state, token, request.params.userId);
    const filter = connectionFilter(request.query.filter);
    const link = linkTo(request, state);
    const matching = store
      .connectionsOf(id)
      .filter(
        (connection) =>
          (filter.id === undefined || filter.id === connection.id) &&
          (filter['institution.id'] === undefined || filter['institution.id'] === connection.institutionId) &&
          (filter.status === undefined || filter.status === connectionStatus(connection, nowMs).status),
      );
    return {
      type: 'list',
      data: matching.map((connection) => listedConnection(connection, nowMs, link)),
      links: { self: link(`/users/${id}/connections`) },
    };
  });

  app.get<ByConnection>('/users/:userId/connections/:connectionId', (request) => {
    const { token, nowMs } = authorise(request, 'SERVER_ACCESS');
    const { connection } = foundConnection(state, token, request.params);
    return connectionDocument(connection, nowMs, linkTo(request, state));
  });

  app.delete<ByConnection>('/users/:userId/connections/:connectionId', (request, reply) => {
    const { token } = authorise(request, 'SERVER_ACCESS');
    store.deleteConnection(foundConnection(state, token, request.params).connection);
    return reply.code(204).send();
  });

  function accepted(request: FastifyRequest, reply: FastifyReply, order: JobOrder): FastifyReply {
    const job = makeJob(order, state.settings);
    store.addJob(order.connection, job);
    return answer(request, reply.code(202), job);
  }

  /** While a job runs or is queued, asking again answers 200 with that job. */
  function original(request: FastifyRequest, reply: FastifyReply, job: Job): FastifyReply {
    return answer(request, reply.code(200), job);
  }

  function answer(request: FastifyRequest, reply: FastifyReply, { plan }: Job): FastifyReply {
    const { entry } = callOf(request);
    entry.jobId = plan.jobId;
    entry.connectionId = plan.connectionId;
    return reply.send(jobReference(plan, linkTo(request, state)));
  }
}

function jobUnderWay(connection: Connection, nowMs: number): Job | undefined {
  return connection.jobs.find((job) => job.isUnderWay(nowMs));
}
