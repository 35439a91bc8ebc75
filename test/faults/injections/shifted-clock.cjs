/* global process */
/**
 * Preloaded into a worker (node --require): its clock is off by CLOCK_OFF_MS, and SIGUSR2 makes it jump to as much on
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

process.on('SIGUSR2', () => {
  offMs = -offMs;
});
