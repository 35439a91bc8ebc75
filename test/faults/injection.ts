import type { End } from './judge';
import type { Load } from './load';
import type { Random } from './random';
import type { Stage, WorkerEnv } from './stage';

/** What a fault is given to do its work with. */
export interface Scene {
  stage: Stage;
  load: Load;
  random: Random;
  /** for a short run */
  short: boolean;
  /** Counts the fault's strikes, and notes which attempts run and where they stand. */
  struck: () => Promise<void>;
}

/** Something more that must hold, beside the promises. */
export interface Check {
  name: string;
  holds: boolean;
}

/** One kind of fault, in the middle of the load. */
export interface Injection {
  name: string;
  /** in one line, for `--help` */
  what: string;
  /** Laid over the workers' environment. */
  workerEnv?: WorkerEnv;
  /** ends that the fault itself may rightly bring about */
  alsoRight?: readonly End[];
  /** Returns when the fault is over and everything is whole again. */
  inject: (scene: Scene) => Promise<Check[]>;
}
