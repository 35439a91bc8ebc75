/** The sandbox's own clock: the one handed in (the machine's by default), moved ahead by what was asked for. */
export class SandboxClock {
  private aheadMs = 0;

  constructor(private readonly source: () => number | Promise<number>) {}

  async nowMs(): Promise<number> {
    return (await this.source()) + this.aheadMs;
  }

  advance(ms: number): void {
    this.aheadMs += ms;
  }
}
