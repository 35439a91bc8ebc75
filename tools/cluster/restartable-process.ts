import { setTimeout as delay } from 'node:timers/promises';
import type { ChildEnd, RunningChild } from '../child-process';

/** One part of the cluster, which can die and come back with its data and its ports. */
export interface ClusterPart {
  readonly name: string;
  /** The process that runs now, or ran last. */
  process(): RunningChild;
  /** SIGKILL, as when its machine dies; it is gone when this returns. */
  kill(): Promise<void>;
  /** Starts it again (after `kill`, or stopping it first); it serves when this returns. */
  restart(): Promise<void>;
  /** As its makers want it stopped. May be called again, and after the end. */
  stop(): Promise<void>;
}

export interface PartOptions {
  readonly name: string;
  /** Starts the process and waits until it serves; a process that does not is stopped. */
  readonly begin: () => Promise<RunningChild>;
  readonly stop: (child: RunningChild) => Promise<ChildEnd>;
  /** What a start says that failed for a reason that passes by itself. */
  readonly passing: RegExp;
}

const restartLimitMs = 60_000;

export async function startPart(options: PartOptions): Promise<ClusterPart> {
  const { name, begin, passing, stop } = options;
  let child = await begin();
  return {
    name,
    process: () => child,
    kill: async () => {
      child.kill();
      await child.ended;
    },
    restart: async () => {
      await stop(child);
      child = await untilItStarts(begin, passing);
    },
    stop: async () => {
      await stop(child);
    },
  };
}

async function untilItStarts(begin: () => Promise<RunningChild>, passing: RegExp): Promise<RunningChild> {
  const deadlineAt = performance.now() + restartLimitMs;
  for (;;) {
    try {
      return await begin();
    } catch (error) {
      const passes = error instanceof Error && passing.test(error.message);
      if (!passes || performance.now() > deadlineAt) throw error;
      await delay(250);
    }
  }
}
