/** The signal `checkNow`: asks for a look now, at most once a minute, since each look costs Basiq a call. */
export class CheckNow {
  private requested = false;
  private lastLookMs = -Infinity;

  request(nowMs: number): void {
    if (nowMs - this.lastLookMs >= 60_000) this.requested = true;
  }

  get isRequested(): boolean {
    return this.requested;
  }

  begin(nowMs: number): void {
    this.requested = false;
    this.lastLookMs = nowMs;
  }
}
