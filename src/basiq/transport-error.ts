import { z } from 'zod';
import { ownError, type BasiqError } from './basiq-error';
import type { InterruptReason } from './interrupt';

/** Error codes of Node and undici for a connection that never came to be: nothing of the request was written. */
const NEVER_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
  // TLS: the certificate was refused before anything was sent
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** Only codes are taken: the messages of undici and Node can quote a header with its token. */
const text = z.string().nullable().catch(null);
const causedBy = z
  .object({
    cause: z.object({
      code: text,
      syscall: text,
      // one for each address of the host that was tried
      errors: z.array(z.object({ syscall: text })).catch([]),
    }),
  })
  .transform(({ cause }) => cause)
  .catch({ code: null, syscall: null, errors: [] });

function neverConnected({ code, syscall, errors }: z.output<typeof causedBy>): boolean {
  if (errors.length > 0) return errors.every((error) => error.syscall === 'connect');
  return NEVER_CONNECTED.has(code ?? '') || syscall === 'connect';
}

/** What became of a request that got no whole answer. `reason`: why we ended it ourselves, null if we did not. */
export function transportError(
  request: { method: string; route: string },
  thrown: unknown,
  reason: InterruptReason | null,
  status: number | null,
): BasiqError {
  switch (reason) {
    case 'timeout':
      return ownError(request, 'unknown', 'timeout', 'Basiq did not answer in time', { status });
    case 'cancelled':
      return ownError(request, 'unknown', 'cancelled', 'The call was cancelled in flight', { status });
    case null: {
      const cause = causedBy.parse(thrown);
      const detail = cause.code;
      return neverConnected(cause)
        ? ownError(request, 'not-sent', 'network-error', 'Basiq could not be reached', { detail })
        : ownError(request, 'unknown', 'network-error', 'The connection to Basiq broke', { status, detail });
    }
  }
}
