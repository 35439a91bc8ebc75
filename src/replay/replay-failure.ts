import { DeterminismViolationError } from '@temporalio/workflow';

/** One line of it is enough to find the place. */
const LONGEST = 300;

/**
 * Why a replay failed, in a line without any payload. Temporal's error quotes a whole failure in Rust's notation. Of one
 * that says that code and history do not fit, its message is taken: it names events by number and type. Of an error
 * that the workflow code threw only class and place are taken, since its message may quote what it was given.
 */
export function replayFailure(error: Error): string {
  if (error instanceof DeterminismViolationError) {
    return (quoted(error.message, 'message') ?? 'the code does not fit the history').slice(0, LONGEST);
  }
  const trace = quoted(error.message, 'stack_trace') ?? '';
  const thrown = /^([A-Za-z_$][\w$]*)(?::|$)/m.exec(trace.replace(/^.*\^\n+/s, ''))?.[1] ?? 'an error';
  const places = [...trace.matchAll(/^\s+at (.+)$/gm)].slice(0, 2).map(([, place]) => place);
  const where = places.length === 0 ? '' : ` at ${places.join(', called from ')}`;
  return `the workflow code throws ${thrown}${where}`.slice(0, LONGEST);
}

/** The text of a field in Rust's debug notation, where it comes first. */
function quoted(text: string, field: string): string | null {
  const match = new RegExp(`\\b${field}: "((?:[^"\\\\]|\\\\.)*)"`).exec(text);
  return match?.[1]?.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped)) ?? null;
}
