import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, readConfig } from '../../src/config';
import { newKeyPair } from '../../src/secrets/key-set';

const SECRET = 'correct-horse-battery-staple';

let folder: string;
let keysFile: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'config-test-'));
  keysFile = join(folder, 'private.jwks.json');
  writeFileSync(keysFile, JSON.stringify((await newKeyPair()).privateKeys));
});
afterAll(() => rmSync(folder, { recursive: true }));

const good = () => ({ BASIQ_API_KEY: SECRET, SECRETS_PRIVATE_KEYS_FILE: keysFile });

function problems(environment: Record<string, string | undefined>): string[] {
  try {
    readConfig(environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) expect(error.message).toContain(problem);
    expect(error.message).not.toContain(SECRET);
    return [...error.problems];
  }
  throw new Error('it was accepted');
}

test('what has a default may be left out, or be empty', () => {
  const { privateKeys, ...rest } = readConfig({ ...good(), LOG_LEVEL: '', BASIQ_API_URL: ' ' });
  expect(privateKeys?.keys).toHaveLength(1);
  expect(rest).toMatchObject({
    basiq: {
      apiUrl: 'https://au-api.basiq.io',
      apiKey: SECRET,
      maxCallsPerSecond: 20,
      httpTimeoutMs: 30_000,
      queueScale: 1,
    },
    taskQueue: 'basiq-connections',
    allowPlainSecrets: false,
    appApprovalInstitutions: ['Bendigo'],
    logLevel: 'info',
    http: null,
    otlpEndpoint: null,
    deployment: null,
  });
});

test.each([
  ['127.0.0.1:9464', { host: '127.0.0.1', port: 9464 }],
  ['[::1]:0', { host: '::1', port: 0 }],
  ['worker:80', { host: 'worker', port: 80 }],
])('WORKER_HTTP_ADDRESS %s is an address and a port', (text, http) => {
  expect(readConfig({ ...good(), WORKER_HTTP_ADDRESS: text }).http).toEqual(http);
});

test.each(['9464', ':9464', 'http://worker:9464', 'worker:99999', '::1:9464'])(
  'WORKER_HTTP_ADDRESS %s is refused with an example',
  (text) => {
    expect(problems({ ...good(), WORKER_HTTP_ADDRESS: text })).toEqual([
      'WORKER_HTTP_ADDRESS must be an address and a port, such as 127.0.0.1:9464',
    ]);
  },
);

test('a deployment name with a dot, which Temporal refuses while the worker runs, is refused at the start', () => {
  const env = {
    ...good(),
    TEMPORAL_DEPLOYMENT_NAME: 'prod.connections',
    TEMPORAL_WORKER_BUILD_ID: '2026 07',
  };
  expect(problems(env)).toEqual([
    'TEMPORAL_DEPLOYMENT_NAME must be letters, digits, -, _ and /, as Temporal wants it (no dot)',
    'TEMPORAL_WORKER_BUILD_ID must be letters, digits, -, _, /, ., + and @',
  ]);
});

test('a versioned worker has a deployment name and a build id, or neither', () => {
  const both = { TEMPORAL_DEPLOYMENT_NAME: 'connections', TEMPORAL_WORKER_BUILD_ID: '7f3a' };
  expect(readConfig({ ...good(), ...both }).deployment).toEqual({ name: 'connections', buildId: '7f3a' });
  for (const [given, missing] of [
    ['TEMPORAL_DEPLOYMENT_NAME', 'TEMPORAL_WORKER_BUILD_ID'],
    ['TEMPORAL_WORKER_BUILD_ID', 'TEMPORAL_DEPLOYMENT_NAME'],
  ]) {
    expect(problems({ ...good(), [`${given}`]: 'one' })).toEqual([
      `${missing} is required with the other one: a versioned worker has a deployment and a build`,
    ]);
  }
});

test('what is given counts', () => {
  expect(
    readConfig({
      ...good(),
      BASIQ_API_URL: 'http://127.0.0.1:8787',
      BASIQ_MAX_CALLS_PER_SECOND: '2.5',
      BASIQ_HTTP_TIMEOUT_MS: '5000',
      BASIQ_QUEUE_SCALE: '7200',
      TEMPORAL_TASK_QUEUE: 'mine',
      ALLOW_PLAIN_SECRETS: 'true',
      APP_APPROVAL_INSTITUTIONS: ' AU00001, Bendigo ,, ',
      LOG_LEVEL: 'debug',
    }),
  ).toMatchObject({
    basiq: {
      apiUrl: 'http://127.0.0.1:8787',
      maxCallsPerSecond: 2.5,
      httpTimeoutMs: 5_000,
      queueScale: 7_200,
    },
    taskQueue: 'mine',
    allowPlainSecrets: true,
    appApprovalInstitutions: ['AU00001', 'Bendigo'],
    logLevel: 'debug',
  });
});

test('a sandbox needs no keys when plain secrets are allowed', () => {
  const config = readConfig({ BASIQ_API_KEY: 'k', ALLOW_PLAIN_SECRETS: 'true' });
  expect(config.privateKeys).toBeNull();
});

test('an API key that came with white space around it is taken without', () => {
  expect(readConfig({ ...good(), BASIQ_API_KEY: ` ${SECRET}\n` }).basiq.apiKey).toBe(SECRET);
});

test('all problems are told at once, each by its variable', () => {
  const found = problems({
    BASIQ_API_KEY: `${SECRET} ${SECRET}`,
    BASIQ_API_URL: `ftp://${SECRET}`,
    BASIQ_MAX_CALLS_PER_SECOND: '0',
    BASIQ_HTTP_TIMEOUT_MS: SECRET,
    BASIQ_QUEUE_SCALE: '0.5',
    ALLOW_PLAIN_SECRETS: 'yes',
    LOG_LEVEL: SECRET,
    SECRETS_PRIVATE_KEYS_FILE: join(folder, 'missing.json'),
  });
  const named = found.map((problem) => problem.split(' ')[0]);
  expect(new Set(named)).toEqual(
    new Set([
      'BASIQ_API_KEY',
      'BASIQ_API_URL',
      'BASIQ_MAX_CALLS_PER_SECOND',
      'BASIQ_HTTP_TIMEOUT_MS',
      'BASIQ_QUEUE_SCALE',
      'ALLOW_PLAIN_SECRETS',
      'LOG_LEVEL',
      'SECRETS_PRIVATE_KEYS_FILE',
    ]),
  );
  for (const problem of found) expect(problem.split(' ').length).toBeGreaterThan(3);
});

test('an empty environment misses the key and the keys', () => {
  expect(problems({}).map((problem) => problem.split(' ')[0])).toEqual([
    'BASIQ_API_KEY',
    'SECRETS_PRIVATE_KEYS_FILE',
  ]);
});

test.each(['http://au-api.basiq.io', 'http://localhost.evil.example', 'http://10.0.0.1'])(
  'passwords do not go to %s in the clear',
  (address) => {
    expect(problems({ ...good(), BASIQ_API_URL: address })).toEqual([
      expect.stringMatching(/^BASIQ_API_URL must be https/),
    ]);
  },
);

test.each(['https://AU-API.basiq.io', 'HTTPS://au-api.basiq.io'])(
  'the queue of the real Basiq (%s) is not hurried',
  (address) => {
    expect(problems({ ...good(), BASIQ_API_URL: address, BASIQ_QUEUE_SCALE: '60' })).toEqual([
      expect.stringMatching(/^BASIQ_QUEUE_SCALE must be 1/),
    ]);
  },
);

test.each([
  ['not JSON', `{"keys": "${SECRET}`],
  ['no key set', `{"keys": [{"kty": "EC", "d": "${SECRET}"}]}`],
  ['a public set', ''],
])('a file of keys that is %s is named, and nothing of it quoted', async (_, content) => {
  const file = join(folder, 'wrong.json');
  writeFileSync(file, content === '' ? JSON.stringify((await newKeyPair()).publicKeys) : content);
  const found = problems({ ...good(), SECRETS_PRIVATE_KEYS_FILE: file });
  expect(found).toEqual([expect.stringMatching(/^SECRETS_PRIVATE_KEYS_FILE /)]);
});
