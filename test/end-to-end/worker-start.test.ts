import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { temporal } from '@temporalio/proto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { SEARCH_ATTRIBUTES } from '../../src/contract/search-attributes';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/server';
import { PrivateKeySet, PublicKeySet } from '../../src/secrets/key-set';
import { addSearchAttributes } from '../../src/register-search-attributes';
import { attemptSearchAttributes } from '../../tools/attempt-search-attributes';
import { startChild, type ChildEnd } from '../../tools/child-process';
import { startDevServer, type DevServer } from '../../tools/temporal-dev-server';
import { startTimeSkippingServer } from '../workflows/time-skipping-world';
import { eventually } from './attempt-world';

/** The processes of the build, as `npm run …` starts them, against a server that knows no search attributes yet. */
const API_KEY = 'an-api-key-for-starts';
let server: DevServer;
let folder: string;
const sandboxes: Sandbox[] = [];
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'basiq-connections-'));
  server = await startDevServer({ searchAttributes: {} });
}, 120_000);
afterAll(async () => {
  await Promise.all(sandboxes.map((sandbox) => sandbox.close()));
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

async function sandboxUrl(options: Partial<SandboxOptions> = {}): Promise<string> {
  const sandbox = await startSandbox({ apiKey: API_KEY, ...options });
  sandboxes.push(sandbox);
  return sandbox.url;
}

async function run(
  script: string,
  env: Readonly<Record<string, string | undefined>>,
  args: readonly string[] = [],
): Promise<{ end: ChildEnd; output: string }> {
  const ours = Object.keys(process.env).filter((name) => /^(TEMPORAL|BASIQ|SECRETS)_/.test(name));
  const child = await startChild({
    name: script,
    command: process.execPath,
    args: [path.join(__dirname, '..', '..', 'dist', script), ...args],
    cwd: folder,
    env: {
      ...Object.fromEntries(ours.map((name) => [name, undefined])),
      TEMPORAL_CONFIG_FILE: path.join(folder, 'no-profile.toml'),
      TEMPORAL_ADDRESS: server.address,
      ...env,
    },
  });
  const end = await child.ended;
  return { end, output: child.output() };
}

const failed: ChildEnd = { kind: 'exited', code: 1 };
const succeeded: ChildEnd = { kind: 'exited', code: 0 };
const sandboxSettings = (url: string) => ({
  BASIQ_API_URL: url,
  BASIQ_API_KEY: API_KEY,
  ALLOW_PLAIN_SECRETS: 'true',
});
const names = SEARCH_ATTRIBUTES.map(({ name }) => name);

describe('the worker does not start', () => {
  test('with a configuration that is wrong: names each variable and no value, and connects to nothing', async () => {
    const keys = path.join(folder, 'bad.jwks.json');
    await writeFile(keys, '{"keys":[{"kty":"EC","crv":"P-256","kid":"k","d":"private-part"}]}');
    const { end, output } = await run('worker.js', {
      BASIQ_API_URL: 'http://basiq.example',
      BASIQ_API_KEY: 'two words-secret',
      BASIQ_MAX_CALLS_PER_SECOND: 'many-secret',
      BASIQ_HTTP_TIMEOUT_MS: '1',
      BASIQ_QUEUE_SCALE: '0.5',
      SECRETS_PRIVATE_KEYS_FILE: keys,
      ALLOW_PLAIN_SECRETS: 'perhaps-secret',
      LOG_LEVEL: 'loud-secret',
      // Nothing listens there: to connect would be another error.
      TEMPORAL_ADDRESS: '127.0.0.1:1',
    });
    expect(end).toEqual(failed);
    for (const variable of [
      'BASIQ_API_URL',
      'BASIQ_API_KEY',
      'BASIQ_MAX_CALLS_PER_SECOND',
      'BASIQ_HTTP_TIMEOUT_MS',
      'BASIQ_QUEUE_SCALE',
      'SECRETS_PRIVATE_KEYS_FILE',
      'ALLOW_PLAIN_SECRETS',
      'LOG_LEVEL',
    ]) {
      expect(output).toMatch(new RegExp(`^- ${variable} `, 'm'));
    }
    expect(output).toContain('has 8 problem(s)');
    expect(output).not.toMatch(/secret\b.*|private-part|basiq\.example|127\.0\.0\.1:1\b/);
  });

  test('with no configuration at all: names what is required', async () => {
    const { end, output } = await run('worker.js', {});
    expect(end).toEqual(failed);
    expect(output).toMatch(/^- BASIQ_API_KEY is required/m);
    expect(output).toMatch(/^- SECRETS_PRIVATE_KEYS_FILE is required/m);
  });

  test('with a key that is not on 2.1', async () => {
    const url = await sandboxUrl({ tokenVersion: '2.0' });
    const { end, output } = await run('worker.js', sandboxSettings(url));
    expect(end).toEqual(failed);
    expect(output).toContain('worker: BASIQ_API_KEY gives tokens for Basiq API 2.0; attempts need 2.1');
  });

  test('with a key that Basiq refuses', async () => {
    const settings = { ...sandboxSettings(await sandboxUrl()), BASIQ_API_KEY: 'some-other-key' };
    const { end, output } = await run('worker.js', settings);
    expect(end).toEqual(failed);
    expect(output).toMatch(/^worker: .*BASIQ_API_KEY/m);
    expect(output).not.toContain('some-other-key');
  });

  test('without the search attributes: names them, and the command that registers them', async () => {
    const { end, output } = await run('worker.js', sandboxSettings(await sandboxUrl()));
    expect(end).toEqual(failed);
    for (const name of names) expect(output).toContain(name);
    expect(output).toContain('run npm run temporal:setup');
  });
});

describe('a versioned worker does not start', () => {
  const version = { TEMPORAL_DEPLOYMENT_NAME: 'connections', TEMPORAL_WORKER_BUILD_ID: '7f3a' };

  test('on a server whose worker deployments are turned off', async () => {
    const without = await startDevServer({
      searchAttributes: attemptSearchAttributes,
      dynamicConfig: { 'system.enableDeploymentVersions': 'false' },
    });
    try {
      const settings = { ...sandboxSettings(await sandboxUrl()), TEMPORAL_ADDRESS: without.address };
      const { end, output } = await run('worker.js', { ...settings, ...version });
      expect(end).toEqual(failed);
      expect(output).toContain("worker: Worker deployments are turned off in Temporal's namespace default");
      expect(output).toContain('unset TEMPORAL_DEPLOYMENT_NAME and TEMPORAL_WORKER_BUILD_ID');
    } finally {
      await without.stop();
    }
  });

  test('on a server that has no worker deployments, as one older than 1.28', async () => {
    const old = await startTimeSkippingServer();
    try {
      const settings = { ...sandboxSettings(await sandboxUrl()), TEMPORAL_ADDRESS: old.address };
      await addSearchAttributes(old.connection.operatorService, 'default');
      const { end, output } = await run('worker.js', { ...settings, ...version });
      expect(end).toEqual(failed);
      expect(output).toContain('worker: This Temporal server has no worker deployments: use 1.28 or newer');
    } finally {
      await old.teardown();
    }
  }, 120_000);
});

describe('npm run temporal:setup', () => {
  test('registers the search attributes, and can be run again', async () => {
    const first = await run('temporal-setup.js', {});
    expect(first.end).toEqual(succeeded);
    for (const name of names) expect(first.output).toContain(name);

    const connection = await Connection.connect({ address: server.address });
    try {
      const { customAttributes } = await connection.operatorService.listSearchAttributes({
        namespace: 'default',
      });
      expect(Object.keys(customAttributes)).toEqual(expect.arrayContaining(names));
    } finally {
      await connection.close();
    }

    const again = await run('temporal-setup.js', {});
    expect(again.end).toEqual(succeeded);
    expect(again.output).toContain('all search attributes are there already');
  });

  test('leaves alone what is there with another type; the worker refuses it', async () => {
    const namespace = 'mistyped';
    const connection = await Connection.connect({ address: server.address });
    try {
      const workflowExecutionRetentionPeriod = msToTs('1 day');
      await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod });
      // The server's services learn of a namespace one after the other.
      await eventually(async () => {
        const { INDEXED_VALUE_TYPE_INT } = temporal.api.enums.v1.IndexedValueType;
        const searchAttributes = { ConnectionPhase: INDEXED_VALUE_TYPE_INT };
        return connection.operatorService.addSearchAttributes({ namespace, searchAttributes }).then(
          () => true,
          () => false,
        );
      });
    } finally {
      await connection.close();
    }
    const setUp = await run('temporal-setup.js', { TEMPORAL_NAMESPACE: namespace });
    expect(setUp.output).not.toContain('ConnectionPhase');
    expect(setUp.output).toContain('BasiqJobId');

    const settings = { ...sandboxSettings(await sandboxUrl()), TEMPORAL_NAMESPACE: namespace };
    const { end, output } = await run('worker.js', settings);
    expect(end).toEqual(failed);
    expect(output).toContain('has the search attributes ConnectionPhase with another type');
  });

  test('says so when there is no server', async () => {
    const { end, output } = await run('temporal-setup.js', { TEMPORAL_ADDRESS: '127.0.0.1:1' });
    expect(end).toEqual(failed);
    expect(output).toMatch(/^temporal:setup: /m);
  });
});

describe('npm run keys', () => {
  test('writes the pair, the private one for its owner alone, and never overwrites it', async () => {
    const out = path.join(folder, 'made', 'keys');
    const made = await run('secrets/keys-main.js', {}, ['--out', out]);
    expect(made.end).toEqual(succeeded);
    const privateFile = path.join(out, 'private.jwks.json');
    const publicFile = path.join(out, 'public.jwks.json');
    expect((await stat(privateFile)).mode & 0o777).toBe(0o600);

    const privateText = await readFile(privateFile, 'utf8');
    const publicText = await readFile(publicFile, 'utf8');
    const privateKeys = PrivateKeySet.parse(JSON.parse(privateText));
    expect(PublicKeySet.parse(JSON.parse(publicText)).keys[0]!.kid).toBe(privateKeys.keys[0]!.kid);
    expect(publicText).not.toContain(privateKeys.keys[0]!.d);
    expect(made.output).not.toContain(privateKeys.keys[0]!.d);

    const again = await run('secrets/keys-main.js', {}, ['--out', out]);
    expect(again.end).toEqual(failed);
    expect(again.output).toContain('exists already');
    expect(await readFile(privateFile, 'utf8')).toBe(privateText);
    expect(await readFile(publicFile, 'utf8')).toBe(publicText);
  });
});
