/** How often each operation was asked for, read from a Prometheus page: the server's own, or an SDK's. */
export async function requestCounts(metricsUrl: string, metric: string): Promise<Map<string, number>> {
  const response = await fetch(metricsUrl);
  if (!response.ok) throw new Error(`The metrics could not be read: ${response.status}`);
  return countsByOperation(await response.text(), metric);
}

/** Requests of one namespace's users; what the server does for itself is left out. */
export function countsByOperation(page: string, metric: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of page.split('\n')) {
    if (!line.startsWith(`${metric}{`) || !line.includes('namespace="default"')) continue;
    // The server counts a request once at its front end, and again where that passes it on.
    if (/service_name="(?!frontend")/.test(line) && !line.includes('service_name="temporal-core-sdk"'))
      continue;
    const operation = /[{,]operation="([^"]+)"/.exec(line)?.[1];
    const value = Number(
      line
        .slice(line.lastIndexOf('}') + 1)
        .trim()
        .split(' ')[0],
    );
    if (operation === undefined || Number.isNaN(value)) continue;
    counts.set(operation, (counts.get(operation) ?? 0) + value);
  }
  return counts;
}

export function countOf(counts: ReadonlyMap<string, number>, operation: string): number {
  return counts.get(operation) ?? 0;
}
