import { z } from 'zod';

const Received = z.object({
  data: z.array(z.object({ method: z.string(), path: z.string(), route: z.string().nullable() })),
});
export type ReceivedRequest = z.output<typeof Received>['data'][number];

/** What the sandbox received since `forgetRequests`, in Basiq's place. */
export async function receivedRequests(sandboxUrl: string): Promise<ReceivedRequest[]> {
  return Received.parse(await (await fetch(`${sandboxUrl}/_sandbox/requests`)).json()).data;
}

/** Leaves what the demo did itself (making its people) out of the count. */
export async function forgetRequests(sandboxUrl: string): Promise<void> {
  const response = await fetch(`${sandboxUrl}/_sandbox/requests`, { method: 'DELETE' });
  if (!response.ok) throw new Error(`The sandbox keeps its requests: it answered ${response.status}`);
}

/** Those whose path names one of the ids: the attempt's person, connection or job. */
export function requestsAbout(
  requests: readonly ReceivedRequest[],
  ids: readonly (string | null)[],
): ReceivedRequest[] {
  return requests.filter(({ path }) => path.split('/').some((part) => part !== '' && ids.includes(part)));
}
