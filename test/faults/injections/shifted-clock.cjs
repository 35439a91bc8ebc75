/* global process */
/**
 * Preloaded into a worker (node --require): its clock is off by CLOCK_OFF_MS, and SIGWINCH makes it jump to as much on
 * the other side. That is Date; the monotonic clock goes on as it does when an administrator sets the time.
 */
const RealDate = Date;
let offMs = Number(process.env.CLOCK_OFF_MS);

globalThis.Date = class Date extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + offMs);
    else super(...given);
  }
  static now() {
    return RealDate.now() + offMs;
  }
};

// A signal that means nothing to Temporal's runtime or to Node.
process.on('SIGWINCH', () => {
  offMs = -offMs;
});
