/**
 * Ends the children of a process that has died, however it died (a SIGKILL included).
 *
 * It reads `+PID` and `-PID` lines from the process that started it. When that pipe closes, whatever is
 * still listed has lost its parent: it gets SIGTERM, and SIGKILL three seconds later.
 */
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

const limitMs = 3000;
const pids = new Set();

/** A child leads a process group of its own, so that what it started goes with it. */
const signal = (pid, name) => {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, name);
    return true;
  } catch {
    return false;
  }
};

for await (const line of createInterface({ input: process.stdin })) {
  const pid = Number(line.slice(1));
  if (!Number.isInteger(pid) || pid <= 1) continue;
  if (line.startsWith('+')) pids.add(pid);
  else pids.delete(pid);
}

for (const pid of pids) signal(pid, 'SIGTERM');
const killAt = Date.now() + limitMs;
while ([...pids].some((pid) => signal(pid, 0)) && Date.now() < killAt) await delay(50);
for (const pid of pids) signal(pid, 'SIGKILL');
