import { randomUUID } from 'node:crypto';
import type { FastifyError } from 'fastify';
import type { z } from 'zod';

/** Where in the request the fault is. Basiq leaves it out, sends null, `{}`, or names a parameter or pointer. */
export type ErrorSource = null | { parameter?: string; pointer?: string };

/** An answer that Basiq gives instead of doing what was asked. */
export class RefusedRequest extends Error {
  readonly correlationId = randomUUID();

  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail?: string,
    readonly source?: ErrorSource,
  ) {
    super(title);
  }

  /** Basiq 2.1 docs, "Errors": one list, whatever the status. */
  get body(): object {
    const { code, title, detail, source } = this;
    // JSON leaves out what is undefined.
    return {
      type: 'list',
      correlationId: this.correlationId,
      data: [{ type: 'error', code, title, detail, source }],
    };
  }
}

export const parameterNotValid = (detail: string, source?: ErrorSource): RefusedRequest =>
  new RefusedRequest(400, 'parameter-not-valid', 'Parameter value is not valid', detail, source);

export const parameterNotSupplied = (detail: string, source?: ErrorSource): RefusedRequest =>
  new RefusedRequest(400, 'parameter-not-supplied', 'Required parameter not supplied', detail, source);

export const notFound = (what: string): RefusedRequest =>
  new RefusedRequest(
    404,
    'resource-not-found',
    'Requested resource is not found',
    `Requested ${what} does not exist.`,
  );

/** Reads a request's body; the error names the field and never repeats its value. */
export function bodyOf<T>(schema: z.ZodType<T>, body: unknown): T {
  const read = schema.safeParse(body);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const path = issue?.path.map(String) ?? [];
  const field = path.join('.');
  const isMissing = issue?.code === 'invalid_type' && valueAt(body, path) === undefined;
  const source = { pointer: `/${path.join('/')}` };
  if (field === '') throw parameterNotValid('The request body is not valid.');
  if (isMissing) throw parameterNotSupplied(`Parameter '${field}' is required.`, source);
  throw parameterNotValid(`Parameter '${field}' is not valid.`, source);
}

function valueAt(body: unknown, path: readonly string[]): unknown {
  let value = body;
  for (const key of path) {
    value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  }
  return value;
}

/** What the web server itself refuses (body that is not JSON, unknown content type, too large), in Basiq's form. */
export function refusalOf(error: FastifyError | Error): RefusedRequest {
  if (error instanceof RefusedRequest) return error;
  const status = 'statusCode' in error ? (error.statusCode ?? 500) : 500;
  if (status === 415) {
    return new RefusedRequest(415, 'unsupported-media-type', 'Content type is not supported');
  }
  if (status < 500) return parameterNotValid('The request could not be read.');
  return new RefusedRequest(500, 'internal-server-error', 'Internal server error');
}
