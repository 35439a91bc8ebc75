import type { AttemptProgress } from '../src/client';
import { clockTime } from './screen-text';

/** One attempt as the screen shows it. */
export interface AttemptLine {
  key: string;
  name: string;
  phase: string;
  /** on whom, until when */
  waits: string;
  lastEvent: string;
  /** what has to change before a screen that only grows gets another line */
  milestone: string;
}

/** `notTaken`: why an answer did not reach the bank, while that is what the person should see. */
export function attemptLine(
  { key, name }: { key: string; name: string },
  progress: AttemptProgress,
  notTaken: string | null,
  queueScale: number,
): AttemptLine {
  const { phase, waitingOn, waitingUntil } = progress;
  const until = waitingUntil === null ? '' : ` until ${clockTime(waitingUntil)}`;
  const waits = waitingOn === 'nobody' ? '' : `${waitingOn}${until}`;
  const day = dayInQueue(progress, queueScale);
  const lastEvent = day === null ? (notTaken ?? event(progress)) : queueEvent(progress, day);
  const milestone = JSON.stringify([phase, waits, day ?? lastEvent]);
  return { key, name, phase, waits, lastEvent, milestone };
}

/** 1 to 7 by Basiq's queue, whose clock runs faster here; null when the attempt is not parked. */
function dayInQueue({ phase, outage }: AttemptProgress, queueScale: number): number | null {
  if (phase !== 'queued' || outage === null) return null;
  const agedMs = (Date.now() - Date.parse(outage.since)) * queueScale;
  return Math.min(7, Math.floor(agedMs / 86_400_000) + 1);
}

function queueEvent({ looks }: AttemptProgress, day: number): string {
  return looks === null ? `day ${day}` : `day ${day}, look ${looks.made}`;
}

/** The first words are what 80 columns have room for. */
function event({ phase, challenge, steps, failure, jobId, institutionName }: AttemptProgress): string {
  if (failure !== null) return failure.code;
  if (phase === 'succeeded') return `all ${steps.length} steps done`;
  if (phase === 'confirming-mfa') return 'the answer is sent';
  if (challenge !== null) {
    const asked = challenge.prompts.join(' ') || challenge.description;
    return challenge.round === 1 ? `asks: ${asked}` : `refused; asks again: ${asked}`;
  }
  const running = steps.find(({ status }) => status === 'in-progress') ?? steps.at(-1);
  if (running !== undefined) return running.title;
  if (jobId !== null) return 'Basiq has a job';
  return institutionName === null ? 'started' : `at ${institutionName}`;
}
