import type { FastifyInstance, FastifyRequest } from 'fastify';
import { authorise, linkTo } from './call';
import { foundBank } from './found';
import { institutionDocument } from './institution-document';
import type { SandboxState } from './sandbox-state';

interface ByInstitution {
  Params: { institutionId: string };
}

/** Institutions (Basiq 2.1 docs); the public ones need no token. */
export function institutionRoutes(app: FastifyInstance, state: SandboxState): void {
  const list = (request: FastifyRequest, path: string): object => {
    const link = linkTo(request, state);
    const data = state.banks.all.map((bank) => institutionDocument(bank, link));
    return { type: 'list', totalCount: data.length, data, links: { self: link(path) } };
  };

  app.get('/institutions', (request) => {
    authorise(request, 'SERVER_ACCESS');
    return list(request, '/institutions');
  });

  app.get<ByInstitution>('/institutions/:institutionId', (request) => {
    authorise(request, 'SERVER_ACCESS');
    return institutionDocument(foundBank(state, request.params.institutionId), linkTo(request, state));
  });

  app.get('/public/institutions', (request) => list(request, '/public/institutions'));

  app.get<ByInstitution>('/public/institutions/:institutionId', (request) =>
    institutionDocument(foundBank(state, request.params.institutionId), linkTo(request, state)),
  );
}
