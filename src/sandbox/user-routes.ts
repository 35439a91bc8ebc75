import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { authorise, type LinkTo, linkTo } from './call';
import { bodyOf, parameterNotSupplied } from './error-body';
import { foundUser } from './found';
import type { SandboxState } from './sandbox-state';
import type { Connection, User } from './store';

const userBody = z.looseObject({
  email: z.email().optional(),
  /** International form. */
  mobile: z
    .string()
    .regex(/^\+[0-9]{8,15}$/)
    .optional(),
});

interface ByUser {
  Params: { userId: string };
}

/** Users (Basiq 2.1 docs, "Users"). The same address twice makes two users, as at Basiq. */
export function userRoutes(app: FastifyInstance, state: SandboxState): void {
  const { users } = state.store;

  app.post('/users', (request, reply) => {
    authorise(request, 'SERVER_ACCESS');
    const { email, mobile } = bodyOf(userBody, request.body ?? {});
    if (email === undefined && mobile === undefined) {
      throw parameterNotSupplied("One of 'email' or 'mobile' is required.", {});
    }
    const user: User = { id: randomUUID(), email: email ?? '', mobile: mobile ?? '' };
    users.set(user.id, user);
    return reply.code(201).send(userDocument(user, [], linkTo(request, state)));
  });

  app.get<ByUser>('/users/:userId', (request) => {
    const { token } = authorise(request, 'SERVER_ACCESS');
    const user = foundUser(state, token, request.params.userId);
    return userDocument(user, state.store.connectionsOf(user.id), linkTo(request, state));
  });

  app.post<ByUser>('/users/:userId', (request) => {
    const { token } = authorise(request, 'SERVER_ACCESS');
    const user = foundUser(state, token, request.params.userId);
    const { email, mobile } = bodyOf(userBody, request.body ?? {});
    if (email !== undefined) user.email = email;
    if (mobile !== undefined) user.mobile = mobile;
    return userDocument(user, state.store.connectionsOf(user.id), linkTo(request, state));
  });

  app.delete<ByUser>('/users/:userId', (request, reply) => {
    const { token } = authorise(request, 'SERVER_ACCESS');
    state.store.deleteUser(foundUser(state, token, request.params.userId).id);
    return reply.code(204).send();
  });
}

function userDocument(user: User, connections: readonly Connection[], link: LinkTo): object {
  const path = `/users/${user.id}`;
  return {
    type: 'user',
    id: user.id,
    email: user.email,
    mobile: user.mobile,
    name: '',
    // The sandbox has no accounts: it ends where the data of a connection would begin.
    accounts: { type: 'list', count: 0, data: [] },
    connections: {
      type: 'list',
      count: connections.length,
      data: connections.map(({ id }) => ({
        type: 'connection',
        id,
        links: { self: link(`${path}/connections/${id}`) },
      })),
    },
    links: {
      self: link(path),
      connections: link(`${path}/connections`),
      accounts: link(`${path}/accounts`),
      transactions: link(`${path}/transactions`),
      auth_link: null,
    },
  };
}
