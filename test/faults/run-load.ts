import type { Check, Injection, Scene } from './injection';
import { judge, type AttemptRecord, type Judgement } from './judge';
import { Load, type LoadOptions } from './load';
import type { Random } from './random';
import type { World } from './stage';
import { rowOf, type Row } from './table';

/** Faults that strike one load, one after the other. */
export interface Group {
  injections: readonly Injection[];
  load: LoadOptions;
}

export interface Report {
  /** one for each fault, of the attempts that were under way when it struck */
  rows: Row[];
  /** each attempt of the load, once */
  judgements: Judgement[];
  checks: Check[];
  /** how many attempts were in which phase when a fault struck */
  phases: ReadonlyMap<string, number>;
}

const LOOK_EVERY_MS = 500;

/** Puts a load on the world, lets the faults loose in it, waits until all is over, and judges each attempt. */
export async function runLoad(
  { injections, load: loadOptions }: Group,
  world: World,
  { random, short }: { random: Random; short: boolean },
): Promise<Report> {
  const stage = await world.stage((index) =>
    Object.fromEntries(injections.flatMap(({ workerEnv }) => Object.entries(workerEnv?.(index) ?? {}))),
  );
  try {
    await stage.crew.fill();
    const load = new Load(stage, random, loadOptions);
    await load.start();
    const phases = new Map<string, number>();
    const look = async () => {
      for (const phase of await stage.phases()) phases.set(phase, (phases.get(phase) ?? 0) + 1);
    };

    let lookedMs = -Infinity;
    const checks: Check[] = [];
    const strikes: Strikes[] = [];
    for (const injection of injections) {
      const own: Strikes = {
        injection,
        struck: 0,
        inFlight: new Set(),
        beganMs: performance.now(),
        tookMs: 0,
      };
      strikes.push(own);
      const struck = async () => {
        own.struck += 1;
        for (const { workflowId } of load.open()) own.inFlight.add(workflowId);
        // Faults that strike many times a second share a look at Temporal's list.
        if (performance.now() - lookedMs < LOOK_EVERY_MS) return;
        lookedMs = performance.now();
        await look();
      };
      const scene: Scene = { stage, load, random, short, struck };
      const found = await injection.inject(scene);
      own.tookMs = performance.now() - own.beganMs;
      checks.push(...found.map(({ name, holds }) => ({ name: `${injection.name}: ${name}`, holds })));
    }
    await load.finish();

    const records = (await load.records()).map((record) => withAlsoRight(record, strikes));
    const judged = new Map(records.map((record) => [record.workflowId, judge(record)]));
    const wrongs = [
      ...load.errors.map((error) => `the load itself: ${error}`),
      ...stage.crew.deserters.map((end) => `a worker ended by itself: ${end}`),
    ];
    return {
      rows: strikes.map(({ injection, struck, inFlight, tookMs }) =>
        rowOf(
          injection.name,
          struck,
          tookMs,
          [...inFlight].flatMap((workflowId) => judged.get(workflowId) ?? []),
        ),
      ),
      judgements: [...judged.values()],
      checks: [...checks, ...wrongs.map((name) => ({ name, holds: false }))],
      phases,
    };
  } finally {
    await stage.close();
  }
}

interface Strikes {
  injection: Injection;
  struck: number;
  inFlight: Set<string>;
  beganMs: number;
  tookMs: number;
}

/** What a fault may rightly do to an attempt counts only for those that it met. */
function withAlsoRight(record: AttemptRecord, strikes: readonly Strikes[]): AttemptRecord {
  const alsoRight = strikes
    .filter(({ inFlight }) => inFlight.has(record.workflowId))
    .flatMap(({ injection }) => injection.alsoRight ?? []);
  return { ...record, alsoRight };
}
