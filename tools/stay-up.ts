import { describeEnd, type ChildEnd, type OutputLine } from './child-process';

/** Parts that stay up together until Ctrl-C, for a command that a person runs. */
export class StayUp {
  /** In the order in which they were started. */
  private readonly parts: (() => Promise<unknown>)[] = [];
  private stopping = false;

  constructor() {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (!this.stopping) console.log('\nStopping …');
        void this.stopAll(0);
      });
    }
  }

  isStopping(): boolean {
    return this.stopping;
  }

  /** To be stopped with the rest. */
  keep(stop: () => Promise<unknown>): void {
    this.parts.push(stop);
  }

  /** The end of one part is the end of all. */
  watch(name: string, ended: Promise<ChildEnd>): void {
    void ended.then((end) => {
      if (!this.stopping) console.error(`${name} ${describeEnd(end)}; taking the rest down.`);
      return this.stopAll(1);
    });
  }

  /** The last started first. What is being started in this moment ends with us (see child-process). */
  async stopAll(exitCode: number): Promise<void> {
    if (this.stopping) return;
    this.stopping = true;
    for (const stop of this.parts.reverse()) await stop();
    process.exit(exitCode);
  }

  /** Runs what starts the parts; an error in it takes them down. */
  async run(start: () => Promise<void>): Promise<void> {
    try {
      await start();
    } catch (error) {
      if (!this.stopping) console.error(error instanceof Error ? error.message : error);
      await this.stopAll(1);
    }
  }
}

export const prefixed =
  (name: string) =>
  ({ text }: OutputLine): void =>
    console.log(`${name.padEnd(8)} | ${text}`);
