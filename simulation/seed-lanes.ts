import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { z } from 'zod';
import type { SeedReport } from './run-seed';

const Message = z.union([
  z.object({ ready: z.literal(true) }),
  z.object({ report: z.custom<SeedReport>((value) => typeof value === 'object' && value !== null) }),
]);

/**
 * Runs seeds in several processes, each with a Temporal server of its own, since a server has one clock. Calls `onReport`
 * as the reports come; when it answers false no more seeds are begun.
 * A seed that the test server, or a busy machine, has spoilt is run again, up to three times.
 * @param folder where the simulation and the sources that it runs are
 */
export async function runSeeds(
  { folder, bundlePath, lanes }: { folder: string; bundlePath: string; lanes: number },
  seeds: readonly number[],
  onReport: (report: SeedReport) => boolean,
): Promise<void> {
  const waiting = [...seeds];
  const spoilt = new Map<number, number>();
  const file = path.join(folder, 'simulation', 'lane.ts');
  let goesOn = true;
  const oneLane = async (): Promise<void> => {
    while (goesOn && waiting.length > 0) {
      await runLane(
        fork(file, [bundlePath], { execArgv: ['--import', 'tsx'], silent: true }),
        () => (goesOn ? (waiting.shift() ?? null) : null),
        (report) => {
          const { seed, serverError, violations } = report;
          const before = spoilt.get(seed) ?? 0;
          if (serverError !== null && violations.length > 0 && before < 3) {
            spoilt.set(seed, before + 1);
            waiting.unshift(seed);
            console.log(`seed ${seed}: is run again (${serverError})`);
            return;
          }
          goesOn = onReport(report) && goesOn;
        },
      );
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, seeds.length) }, oneLane));
}

/** Gives the process seeds until there are no more, or until it has to end. */
function runLane(
  lane: ChildProcess,
  next: () => number | null,
  onReport: (report: SeedReport) => void,
): Promise<void> {
  // What the servers write is of interest only when it ends badly.
  let written = '';
  for (const stream of [lane.stdout, lane.stderr]) {
    stream?.on('data', (text) => (written = `${written}${String(text)}`.slice(-10_000)));
  }
  return new Promise((resolve, reject) => {
    lane.once('error', reject);
    lane.once('exit', (code, signal) => {
      if (code === 0) resolve();
      else
        reject(
          new Error(`A process of the simulation ended with ${code ?? signal ?? 'nothing'}:\n${written}`),
        );
    });
    lane.on('message', (received) => {
      const message = Message.parse(received);
      if ('report' in message) {
        onReport(message.report);
        if (!message.report.clockIsSound) return;
      }
      const seed = next();
      lane.send(seed === null ? 'stop' : { seed });
    });
  });
}
