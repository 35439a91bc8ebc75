import { temporal } from '@temporalio/proto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

/** What Temporal recorded of one attempt. */
export interface AttemptHistory {
  workflowId: string;
  history: temporal.api.history.v1.History;
}

/** As tools/record-histories.ts writes them: protobuf's own JSON with numbers for enums. */
const Stored = z.object({
  workflowId: z.string(),
  events: z.array(z.record(z.string(), z.unknown())).min(1),
});

/**
 * The names of the histories in a folder, without `.json`.
 * @throws Error when the folder is not there or has none
 */
export async function storedHistoryNames(folder: string): Promise<string[]> {
  const files = await readdir(folder).catch(() => {
    throw new Error(`There is no folder of stored histories at ${folder} (--from-server replays a server's)`);
  });
  const names = files.filter((file) => file.endsWith('.json')).map((file) => path.basename(file, '.json'));
  if (names.length === 0) throw new Error(`There is no stored history (*.json) in ${folder}`);
  return names.sort();
}

/** @throws Error when the file does not hold a history; it names the file and nothing of its content */
export async function readStoredHistory(folder: string, name: string): Promise<AttemptHistory> {
  const file = path.join(folder, `${name}.json`);
  const stored = Stored.safeParse(asJson(await readFile(file, 'utf8')));
  if (!stored.success) throw new Error(`${file} is not a history that tools/record-histories.ts has stored`);
  const { workflowId, events } = stored.data;
  return { workflowId, history: temporal.api.history.v1.History.fromObject({ events }) };
}

export async function* storedHistories(folder: string): AsyncGenerator<AttemptHistory> {
  for (const name of await storedHistoryNames(folder)) {
    // Their workflow ids say nothing to a reader; the names of the files do.
    yield { ...(await readStoredHistory(folder, name)), workflowId: name };
  }
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
