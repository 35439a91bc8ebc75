import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/**
 * Stands before the sandbox and makes two things possible that a search for leaked secrets needs: anybody's words are
 * good (`means` says which of the sandbox's people they stand for), and Basiq can be so careless as to quote what it
 * was sent in its refusal (`quotes`).
 */
export interface QuotingBasiq {
  url: string;
  /** Authorization headers that it was sent, without the scheme. */
  authorizations: ReadonlySet<string>;
  means(words: Readonly<Record<string, string>>): void;
  /** Refuses, from now on, each request whose body holds the words, with 400 and the whole body as the reason. */
  quotes(words: string): void;
  close(): Promise<void>;
}

export async function startQuotingBasiq(sandboxUrl: string): Promise<QuotingBasiq> {
  const authorizations = new Set<string>();
  const meanings = new Map<string, string>();
  const quoted = new Set<string>();

  const server = createServer((request, response) => {
    void (async () => {
      const { authorization } = request.headers;
      if (authorization !== undefined) authorizations.add(authorization.replace(/^\S+ /, ''));
      const sent = await text(request);
      if ([...quoted].some((words) => sent.includes(words))) {
        const data = [{ type: 'error', code: 'parameter-not-valid', title: `Bad: ${sent}`, detail: sent }];
        response.writeHead(400, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ type: 'list', correlationId: 'quoting-1', data }));
        return;
      }
      const meant = [...meanings].reduce((body, [words, meaning]) => body.replaceAll(words, meaning), sent);
      const answer = await fetch(sandboxUrl + (request.url ?? ''), {
        method: request.method ?? 'GET',
        headers: passedOn(request),
        ...(meant === '' ? {} : { body: meant }),
      });
      const body = await answer.text();
      response.writeHead(answer.status, {
        'content-type': answer.headers.get('content-type') ?? 'application/json',
        date: answer.headers.get('date') ?? '',
      });
      // Links must lead back here: the client follows none to another host.
      response.end(body.replaceAll(sandboxUrl, url));
    })().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    authorizations,
    means: (words) => {
      for (const [word, meaning] of Object.entries(words)) meanings.set(word, meaning);
    },
    quotes: (words) => void quoted.add(words),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function passedOn({ headers }: IncomingMessage): Record<string, string> {
  const names = ['authorization', 'content-type', 'basiq-version'] as const;
  return Object.fromEntries(
    names.flatMap((name) => (typeof headers[name] === 'string' ? [[name, headers[name]]] : [])),
  );
}
