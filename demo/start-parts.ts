import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DEFAULT_TASK_QUEUE } from '../src/contract/names';
import { newKeyPair, type PublicKeySet } from '../src/secrets/key-set';
import { attemptSearchAttributes } from '../tools/attempt-search-attributes';
import { describeEnd, type ChildEnd } from '../tools/child-process';
import { startSandboxProcess } from '../tools/sandbox-process';
import { startDevServer } from '../tools/temporal-dev-server';
import { startWorkerProcess } from '../tools/worker-process';

export interface Parts {
  temporalAddress: string;
  uiUrl: string;
  sandboxUrl: string;
  apiKey: string;
  publicKeys: PublicKeySet;
  /** Rejects when one of them ends by itself, with what it wrote last. Never resolves. */
  broken: Promise<never>;
  stop: () => Promise<void>;
}

interface Part {
  ended: Promise<ChildEnd>;
  output: () => string;
  stop: () => Promise<unknown>;
}

const API_KEY = 'demo-api-key';
const STOP_LIMIT_MS = 4_000;

/** A developer's own settings must not change what the demo shows. */
const NOT_FROM_OUTSIDE = {
  ALLOW_PLAIN_SECRETS: undefined,
  APP_APPROVAL_INSTITUTIONS: undefined,
  BASIQ_HTTP_TIMEOUT_MS: undefined,
  BASIQ_MAX_CALLS_PER_SECOND: undefined,
  LOG_LEVEL: undefined,
};

/**
 * Temporal's dev server with its UI, the sandbox and a worker: three processes on free ports, that keep nothing. What
 * was started before an error is left to the guard of child processes, which ends it with us.
 */
export async function startParts(queueScale: number, say: (line: string) => void): Promise<Parts> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'basiq-connections-demo-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const { privateKeys, publicKeys } = await newKeyPair();
  const keysFile = path.join(folder, 'private.jwks.json');
  writeFileSync(keysFile, JSON.stringify(privateKeys), { mode: 0o600 });

  say("Starting Temporal's dev server …");
  const server = await startDevServer({ uiPort: 0, searchAttributes: attemptSearchAttributes });
  say('Starting the Basiq sandbox …');
  const sandbox = await startSandboxProcess({ apiKey: API_KEY, queueScale });
  say('Starting a worker …');
  const worker = await startWorkerProcess({
    address: server.address,
    basiqUrl: sandbox.url,
    basiqApiKey: API_KEY,
    taskQueue: DEFAULT_TASK_QUEUE,
    env: {
      ...NOT_FROM_OUTSIDE,
      SECRETS_PRIVATE_KEYS_FILE: keysFile,
      BASIQ_QUEUE_SCALE: String(queueScale),
    },
  });

  let stopping = false;
  const parts: Record<string, Part> = {
    worker: { ...worker, stop: () => worker.stop(STOP_LIMIT_MS) },
    sandbox: { ...sandbox.child, stop: () => sandbox.child.stop(STOP_LIMIT_MS) },
    'Temporal dev server': server,
  };
  const broken = new Promise<never>((_resolve, reject) => {
    for (const [name, part] of Object.entries(parts)) {
      void part.ended.then((end) => {
        if (stopping) return;
        const last = part.output().split('\n').slice(-10).join('\n');
        reject(new Error(`The ${name} ${describeEnd(end)}:\n${last}`));
      });
    }
  });
  // It is waited for only while the attempts run.
  broken.catch(() => undefined);
  return {
    temporalAddress: server.address,
    uiUrl: server.uiUrl ?? '',
    sandboxUrl: sandbox.url,
    apiKey: API_KEY,
    publicKeys,
    broken,
    stop: async () => {
      stopping = true;
      // The worker first: it would only complain of the others' end.
      for (const part of Object.values(parts)) await part.stop();
    },
  };
}
