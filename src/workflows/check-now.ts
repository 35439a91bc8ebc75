/** Each look is a few events of a history that must not outgrow Temporal's limit, whoever presses a button for a week. */
const MOST_LOOKS = 500;

/** The signal `checkNow`: asks for a look now, at most once a minute, since each look costs Basiq a call. */
export class CheckNow {
  private requested = false;
  private looks = 0;
  private lastLookMs = -Infinity;

  request(nowMs: number): void {
    if (this.looks < MOST_LOOKS && nowMs - this.lastLookMs >= 60_000) this.requested = true;
  }

  get isRequested(): boolean {
    return this.requested;
  }

  begin(nowMs: number): void {
    this.requested = false;
    this.looks += 1;
    this.lastLookMs = nowMs;
  }
}
