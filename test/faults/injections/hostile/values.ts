import { CompactEncrypt, importJWK } from 'jose';
import type { PublicKeySet } from '../../../../src/client';
import { newKeyPair } from '../../../../src/secrets/key-set';
import { seal } from '../../../../src/secrets/seal';

/** What travels in a message, as Temporal's wire has it. */
export interface Payload {
  metadata: Record<string, Uint8Array>;
  data: Uint8Array;
}

/** One hostile argument list. None of them is an answer that a bank could take, or an input that could start a job. */
export interface HostileValue {
  name: string;
  payloads: Payload[];
  header: Record<string, Payload>;
  bytes: number;
}

const utf8 = (text: string) => new TextEncoder().encode(text);
const payload = (encoding: string, data: string | Uint8Array): Payload => ({
  metadata: { encoding: utf8(encoding) },
  data: typeof data === 'string' ? utf8(data) : data,
});
const json = (text: string): Payload => payload('json/plain', text);

function value(name: string, payloads: Payload[], header: Record<string, Payload> = {}): HostileValue {
  return { name, payloads, header, bytes: payloads.reduce((sum, { data }) => sum + data.length, 0) };
}

/** JSON texts rather than values: some of them are nothing that JSON.stringify would write. */
const TEXTS: Readonly<Record<string, string>> = {
  null: 'null',
  true: 'true',
  'a number': '-1e308',
  'an empty text': '""',
  'a text': '"confirmed"',
  'an empty array': '[]',
  'an empty object': '{}',
  'nested arrays': '[[["1234"]]]',
  'an array of null': '[null]',
  'an array of numbers': '[1234]',
  'an array of objects': '[{}]',
  'too many answers': JSON.stringify(Array.from({ length: 21 }, () => 'a')),
  'an answer that is too long': JSON.stringify(['a'.repeat(1_001)]),
  'a plain answer': '["not this one"]',
  'response null': '{"response":null}',
  'response like an array': '{"response":{"length":1,"0":"1234"}}',
  'challengeId a number': '{"response":["a"],"challengeId":7}',
  'challengeId too long': JSON.stringify({ response: ['a'], challengeId: 'c'.repeat(201) }),
  'a stale challengeId': '{"response":["a"],"challengeId":"nobody:1:00000000"}',
  'a field too many': '{"response":["a"],"admin":true}',
  'no JWE': '[{"sealed":"a.b.c.d.e"}]',
  'no JWE at all': '[{"sealed":"hello"}]',
  'a sealed number': '[{"sealed":7}]',
  'a sealed text that is too long': JSON.stringify([{ sealed: `a.${'b'.repeat(16_384)}.c.d.e` }]),
  'sealed with more beside it': '[{"sealed":"a.b.c.d.e","plain":"1234"}]',
  __proto__: '{"__proto__":{"response":["1234"]}}',
  '__proto__ in the answer': '{"response":["a"],"__proto__":{"challengeId":null}}',
  constructor: '{"constructor":{"prototype":{"response":["1234"]}}}',
  toString: '{"toString":"x","valueOf":1,"toJSON":null,"then":true}',
  'a function by name': '{"response":["a"],"__defineGetter__":1,"hasOwnProperty":null}',
  'the same key twice': '{"response":["a"],"response":null}',
  html: JSON.stringify(['<script>alert(1)</script>', '![x](http://evil.example/x.png)']),
  'line ends': JSON.stringify({ response: ['a\r\nX-Injected: 1'], challengeId: 'a\r\n\r\nb' }),
  'a query': JSON.stringify({ response: [`x" OR ExecutionStatus="Running`], challengeId: '" OR ""="' }),
  'control characters': '["\\u0000\\u0007\\u001b[31m\\u202e"]',
  'half a surrogate pair': '["\\ud800"]',
  'an input without operation': '{"userId":"u"}',
  'an operation of another kind': '{"userId":"u","operation":{"kind":"delete","connectionId":"c"}}',
  'an institution that is a path':
    '{"userId":"../../users","operation":{"kind":"create","institutionId":"../AU00000","credentials":{"sealed":"a.b.c.d.e"}}}',
  'an id with a quote': `{"userId":"u\\" OR 1=1","operation":{"kind":"refresh","connectionId":"c"}}`,
  'a policy of no time':
    '{"userId":"u","operation":{"kind":"refresh","connectionId":"c"},"policy":{"mfaSettleMs":-1}}',
  'a policy without end':
    '{"userId":"u","operation":{"kind":"refresh","connectionId":"c"},"policy":{"stalledAfterMs":1e300}}',
  'plain credentials':
    '{"userId":"u","operation":{"kind":"create","institutionId":"AU00000","credentials":{"loginId":"jared","password":"django"}}}',
  'credentials that are no JWE':
    '{"userId":"u","operation":{"kind":"create","institutionId":"AU00000","credentials":{"sealed":"a.b.c.d.e"}}}',
  'credentials with both':
    '{"userId":"u","operation":{"kind":"create","institutionId":"AU00000","credentials":{"sealed":"a.b.c.d.e","loginId":"x","password":"y"}}}',
  "a job that is nobody's": '{"userId":"u","operation":{"kind":"adopt","jobId":"no-such-job"}}',
  'a user that is nobody':
    '{"userId":"no-such-user","operation":{"kind":"refresh","connectionId":"no-such-connection"}}',
};

const nested = (open: string, close: string, depth: number) => `${open.repeat(depth)}1${close.repeat(depth)}`;

/** Each of these may take a while to read, and stays in history when it comes by signal. */
const LARGE: Readonly<Record<string, () => string>> = {
  'objects 3,000 deep': () => nested('{"a":', '}', 3_000),
  'objects 100,000 deep': () => nested('{"response":', '}', 100_000),
  'arrays 3,000 deep': () => nested('[', ']', 3_000),
  'arrays 400,000 deep': () => nested('[', ']', 400_000),
  'deep under response': () => `{"response":${nested('[', ']', 200_000)}}`,
  'deep under credentials': () =>
    `{"userId":"u","operation":{"kind":"create","institutionId":"AU00000","credentials":${nested('{"a":', '}', 100_000)}}}`,
  '100,000 fields': () => `{${Array.from({ length: 100_000 }, (_, index) => `"field${index}":1`).join(',')}}`,
  '400,000 answers': () => `[${'"a",'.repeat(399_999)}"a"]`,
  '100,000 bad answers': () => `{"response":[${'{"sealed":1},'.repeat(99_999)}1]}`,
  'a text of 1.9 MB': () => `["${'a'.repeat(1_900_000)}"]`,
  'a JWE of 1.9 MB': () => `[{"sealed":"${'a.'.repeat(950_000)}"}]`,
  'more than 2 MB': () => `["${'a'.repeat(2_200_000)}"]`,
};

export async function hostileValues(
  publicKeys: PublicKeySet,
): Promise<{ small: HostileValue[]; large: HostileValue[] }> {
  const texts = Object.entries(TEXTS).map(([name, text]) => value(name, [json(text)]));
  const noise = crypto.getRandomValues(new Uint8Array(2_000));
  return {
    small: [
      ...texts,
      ...(await wronglySealed(publicKeys)),
      value('no argument', []),
      value(
        'ten arguments',
        Array.from({ length: 10 }, () => json('["a"]')),
      ),
      value('an encoding that nobody has', [payload('binary/encrypted', noise)]),
      value('no encoding', [{ metadata: {}, data: noise }]),
      value('an encoding that is no text', [{ metadata: { encoding: noise.slice(0, 64) }, data: noise }]),
      value('JSON that is cut off', [json('{"response":["12')]),
      value('nothing at all', [json('')]),
      value('bytes called JSON', [payload('json/plain', noise)]),
      value('bytes', [payload('binary/plain', noise)]),
      value('bytes called null', [payload('binary/null', noise)]),
      value('protobuf of an unknown type', [
        { metadata: { encoding: utf8('json/protobuf'), messageType: utf8('evil.Type') }, data: utf8('{}') },
      ]),
      value('bytes called protobuf', [payload('binary/protobuf', noise)]),
      ...Object.entries({
        'in an encoding that nobody has': payload('binary/encrypted', noise),
        'without an encoding': { metadata: {}, data: noise },
        'cut off': json('{"traceparent":"00-'),
        null: json('null'),
        'an array': json('[[]]'),
        'of wrong types': json('{"traceparent":7,"tracestate":{"a":[]},"baggage":null}'),
        'with line ends': json('{"traceparent":"00-\\r\\nX: 1","__proto__":{"a":1}}'),
      }).map(([what, trace]) =>
        value(`a trace header ${what}`, [json('["a"]')], { '_tracer-data': trace, traceparent: trace }),
      ),
    ],
    large: Object.entries(LARGE).map(([name, text]) => value(name, [json(text())])),
  };
}

/** JWEs that are whole and that the workers must not take: another's key, purpose or person, or something else inside. */
async function wronglySealed(publicKeys: PublicKeySet): Promise<HostileValue[]> {
  const [key] = publicKeys.keys;
  const stranger = await newKeyPair();
  const binding = { purpose: 'mfa', userId: 'u', subject: { institutionId: 'AU00002' } } as const;
  const credentials = { purpose: 'credentials', userId: 'u', subject: { institutionId: 'AU00000' } } as const;
  const secret = { loginId: 'jared', password: 'django' };
  const unbound = await new CompactEncrypt(utf8('"1234"'))
    .setProtectedHeader({ alg: 'ECDH-ES+A256KW', enc: 'A256GCM', kid: key!.kid })
    .encrypt(await importJWK({ ...key! }, 'ECDH-ES+A256KW'));
  const start = (sealed: unknown) =>
    JSON.stringify({
      userId: 'somebody-else',
      operation: { kind: 'create', institutionId: 'AU00000', credentials: sealed },
    });
  return [
    value('sealed for another person', [json(JSON.stringify([await seal('1234', binding, publicKeys)]))]),
    value("sealed with a stranger's key", [
      json(JSON.stringify([await seal('1234', binding, stranger.publicKeys)])),
    ]),
    value('sealed as credentials', [json(JSON.stringify([await seal(secret, credentials, publicKeys)]))]),
    value('sealed for nobody', [json(JSON.stringify([{ sealed: unbound }]))]),
    value('credentials of another person', [json(start(await seal(secret, credentials, publicKeys)))]),
    value("credentials with a stranger's key", [
      json(start(await seal(secret, credentials, stranger.publicKeys))),
    ]),
  ];
}
