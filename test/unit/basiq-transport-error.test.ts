import { transportError } from '../../src/basiq/transport-error';

const failed = (cause: unknown) => new TypeError('fetch failed with Bearer abc', { cause });
const tried = (...syscalls: string[]) =>
  Object.assign(new AggregateError(syscalls.map((syscall) => Object.assign(new Error('no'), { syscall }))), {
    code: 'ENETUNREACH',
  });

/** Breaks that cannot be made at will on one machine, as Node 20 reports them. */
test.each<[string, unknown, string, string | null]>([
  [
    'a connect that timed out',
    failed({ code: 'UND_ERR_CONNECT_TIMEOUT' }),
    'not-sent',
    'UND_ERR_CONNECT_TIMEOUT',
  ],
  ['an unreachable network', failed({ code: 'ENETUNREACH', syscall: 'connect' }), 'not-sent', 'ENETUNREACH'],
  ['each address of a host refused', failed(tried('connect', 'connect')), 'not-sent', 'ENETUNREACH'],
  ['a read among the addresses', failed(tried('connect', 'read')), 'unknown', 'ENETUNREACH'],
  ['a network lost in mid-call', failed({ code: 'ENETUNREACH', syscall: 'read' }), 'unknown', 'ENETUNREACH'],
  ['an expired certificate', failed({ code: 'CERT_HAS_EXPIRED' }), 'not-sent', 'CERT_HAS_EXPIRED'],
  [
    'a TLS record that is broken',
    failed({ code: 'ERR_SSL_BAD_RECORD_MAC' }),
    'unknown',
    'ERR_SSL_BAD_RECORD_MAC',
  ],
  [
    'no answer in undici’s own time',
    failed({ code: 'UND_ERR_HEADERS_TIMEOUT' }),
    'unknown',
    'UND_ERR_HEADERS_TIMEOUT',
  ],
  ['no cause', new TypeError('fetch failed with Bearer abc'), 'unknown', null],
  ['something else', 'thrown text', 'unknown', null],
])('%s', (_, thrown, outcome, detail) => {
  const error = transportError({ method: 'POST', route: '/r' }, thrown, null, null);
  expect(error).toMatchObject({ outcome, code: 'network-error', detail });
  expect(error.message).not.toContain('Bearer');
  expect(error.cause).toBeUndefined();
});
