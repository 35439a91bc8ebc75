import type { AttemptStatus } from '../contract/attempt-status';
import { Phase } from '../contract/phase';
import { toTheSecond } from './to-the-second';

/** The attempt in a few lines of Markdown, for the person who opens it in Temporal's UI. No secret, no user's data. */
export function currentDetails(status: AttemptStatus): string {
  const lines = [`**${status.phase}**${waiting(status)}`];
  const { challenge, outage, failure, lastIgnoredAnswer } = status;
  if (challenge !== null) {
    const asked = [challenge.description, ...challenge.prompts].filter((text) => text !== '').map(plain);
    lines.push(`The bank asks (${challenge.kind}, round ${challenge.round}): ${asked.join(' / ')}`);
  }
  if (outage !== null && status.phase === Phase.queued) {
    lines.push(`Bank unavailable since ${outage.since}; Basiq tries again until ${outage.until}`);
  }
  if (failure !== null) {
    lines.push(
      `\`${failure.code}\`: ${plain(failure.detail ?? failure.title)}`,
      `What to do: ${failure.remedy}`,
    );
  }
  if (lastIgnoredAnswer !== null) {
    lines.push(`Ignored an answer at ${lastIgnoredAnswer.at}: ${lastIgnoredAnswer.message}`);
  }
  // Few lines, without blank ones: the frame in Temporal's UI cuts off what is below the sixth.
  const institution = status.institutionName ?? status.institutionId ?? 'not known yet';
  const ids = `job ${status.jobId ?? 'not started'}, connection ${status.connectionId ?? 'not known yet'}`;
  lines.push(`${plain(institution)}: ${ids}`);
  if (status.steps.length > 0) {
    lines.push(status.steps.map(({ title, status: state }) => plain(`${title}: ${state}`)).join(', '));
  }
  return toTheSecond(lines.join('  \n'));
}

function waiting({ waitingOn, waitingUntil }: AttemptStatus): string {
  if (waitingOn === 'nobody') return '';
  return `, waiting on the ${waitingOn}${waitingUntil === null ? '' : ` until ${waitingUntil}`}`;
}

/** A bank's text is shown as text: it must not become a link or a picture in an operator's browser. */
function plain(text: string): string {
  return text.replace(/[\\`*_{}[\]<>()#+!|~]/g, '\\$&').replace(/\s+/g, ' ');
}
