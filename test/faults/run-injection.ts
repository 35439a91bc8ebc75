import type { Check, Injection, Scene } from './injection';
import { judge } from './judge';
import { Load, type LoadOptions } from './load';
import type { Random } from './random';
import type { World } from './stage';
import type { Row } from './table';

export interface Report {
  row: Row;
  checks: Check[];
  /** what was wrong, a line each */
  why: string[];
  /** how many attempts were in which phase when the fault struck */
  phases: Map<string, number>;
}

/** Puts a load on the world, lets the fault loose in it, waits until all is over, and judges each attempt. */
export async function runInjection(
  injection: Injection,
  world: World,
  { random, short, load: loadOptions }: { random: Random; short: boolean; load: LoadOptions },
): Promise<Report> {
  const begunMs = performance.now();
  const stage = await world.stage(injection.workers, injection.workerEnv ?? (() => ({})));
  try {
    await stage.crew.fill();
    const load = new Load(stage, random, loadOptions);
    await load.start();

    let strikes = 0;
    let looking: Promise<void> | null = null;
    const inFlight = new Set<string>();
    const phases = new Map<string, number>();
    const look = async () => {
      for (const phase of await stage.phases()) phases.set(phase, (phases.get(phase) ?? 0) + 1);
    };
    const struck = async () => {
      strikes += 1;
      for (const { workflowId } of load.open()) inFlight.add(workflowId);
      // Faults that strike many times a second share a look at Temporal's list.
      looking ??= look().finally(() => (looking = null));
      await looking;
    };
    const scene: Scene = { stage, load, random, short, struck };
    const checks = await injection.inject(scene);
    await load.finish();

    const judgements = (await load.records(injection.alsoRight ?? [])).map(judge);
    const sum = (of: (judgement: (typeof judgements)[number]) => number) =>
      judgements.reduce((total, judgement) => total + of(judgement), 0);
    return {
      row: {
        fault: injection.name,
        notRun: null,
        struck: strikes,
        inFlight: inFlight.size,
        attempts: judgements.length,
        right: sum(({ outcomeRight }) => Number(outcomeRight)),
        jobsTwice: sum(({ jobsTwice }) => jobsTwice),
        answersTwice: sum(({ answersTwice }) => answersTwice),
        lost: sum(({ lost }) => lost),
        tookMs: performance.now() - begunMs,
      },
      checks,
      why: [
        ...judgements.flatMap(({ why }) => why),
        ...load.errors.map((error) => `the load itself: ${error}`),
        ...stage.crew.deserters.map((end) => `a worker ended by itself: ${end}`),
      ],
      phases,
    };
  } finally {
    await stage.close();
  }
}
