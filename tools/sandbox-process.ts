import path from 'node:path';
import { z } from 'zod';
import { startChild, type OutputLine, type RunningChild } from './child-process';

export interface SandboxProcessOptions {
  readonly apiKey: string;
  /** Without one (or with 0), a free port. */
  readonly port?: number;
  /** Divides the retry queue's two hours and seven days. Default 1. */
  readonly queueScale?: number;
  /** How long a job's step takes. Default 1000. */
  readonly stepMs?: number;
  readonly onLine?: (line: OutputLine) => void;
}

export interface SandboxProcess {
  readonly url: string;
  readonly child: RunningChild;
}

/** The Basiq sandbox of the build in dist/, as a process of its own; it listens when this returns. */
export async function startSandboxProcess(options: SandboxProcessOptions): Promise<SandboxProcess> {
  const { apiKey, port = 0, queueScale = 1, stepMs = 1000, onLine } = options;
  const child = await startChild({
    name: 'sandbox',
    command: process.execPath,
    args: [
      ...['--enable-source-maps', path.join(__dirname, '..', 'dist', 'sandbox', 'main.js')],
      ...['--api-key', apiKey, '--port', String(port)],
      ...['--queue-scale', String(queueScale), '--step-ms', String(stepMs)],
    ],
    ...(onLine === undefined ? {} : { onLine }),
  });
  try {
    const line = await child.waitForLine(/^Basiq sandbox on http/, 30_000);
    return { url: z.url().parse(/on (\S+)/.exec(line)?.[1]), child };
  } catch (error) {
    await child.stop();
    throw error;
  }
}

/** A new user at the sandbox; its id. */
export async function createSandboxUser(url: string, apiKey: string, email: string): Promise<string> {
  const token = await fetch(`${url}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${apiKey}`, 'basiq-version': '2.1' },
    body: new URLSearchParams({ scope: 'SERVER_ACCESS' }),
  });
  const { access_token } = z.object({ access_token: z.string() }).parse(await token.json());
  const user = await fetch(`${url}/users`, {
    method: 'POST',
    headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ email }),
  });
  return z.object({ id: z.string() }).parse(await user.json()).id;
}
