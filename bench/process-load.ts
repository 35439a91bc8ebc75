import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** @throws Error on a system without /proc */
export function assertProcessesReadable(): void {
  try {
    readFileSync('/proc/self/status');
  } catch {
    throw new Error('npm run bench reads the memory and CPU time of processes in /proc: run it on Linux');
  }
}

/** Resident memory of a process, in MB. */
export function residentMb(pid: number): number {
  const kb = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kb) / 1024;
}

let ticksPerSecond: number | null = null;

/** CPU time that a process has used, user and system, in ms; 10 ms is the usual grain. */
export function cpuMs(pid: number): number {
  ticksPerSecond ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the name in brackets, which may hold spaces; user and system are the 14th and 15th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond;
}
