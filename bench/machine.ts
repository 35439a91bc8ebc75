import type { Connection } from '@temporalio/client';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';

const Package = z.object({ version: z.string() });

/** What the figures depend on, one fact a line; nothing that says whose machine it is. */
export function machineFacts(serverVersion: string): string[] {
  const [cpu] = os.cpus();
  return [
    `${os.cpus().length} × ${cpu?.model.trim() ?? 'an unknown CPU'}, ${Math.round(os.totalmem() / 2 ** 30)} GB, ${os.type()} ${os.arch()}`,
    `Node ${process.versions.node}`,
    `Temporal's dev server ${serverVersion}, its state in memory; Temporal's TypeScript SDK ${sdkVersion()}`,
  ];
}

export async function temporalServerVersion(connection: Connection): Promise<string> {
  const { serverVersion } = await connection.workflowService.getSystemInfo({});
  return serverVersion;
}

function sdkVersion(): string {
  const file = path.join(path.dirname(require.resolve('@temporalio/worker')), '..', 'package.json');
  return Package.parse(JSON.parse(readFileSync(file, 'utf8'))).version;
}
