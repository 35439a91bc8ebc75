import { setTimeout as delay } from 'node:timers/promises';
import type { AttemptProgress, Challenge } from '../src/client';
import { counts, type PlannedAnswer } from './person-plan';
import type { Play } from './play';
import { submitAnswer } from './submit-answer';
import { NEWS_LOOKS, NEWS_MS } from './watch-attempt';

/** The person of the first attempt, who answers as the schedule has it. */
export class Person {
  private readonly answers: PlannedAnswer[];
  private readonly replies: Promise<void>[] = [];
  /** the question that the person has dealt with, or is about to */
  private dealtWith = '';
  private dealtWithAtMs = 0;
  private looksSinceDealtWith = 0;
  private isSending = false;

  constructor(private readonly play: Play) {
    this.answers = [...play.schedule.person.answers];
  }

  /** Sends in the background: an update is answered only with the bank's verdict. */
  answerWhatIsAsked(): void {
    const { last, end } = this.play.main;
    const challenge = last?.status.challenge ?? null;
    if (end !== null || this.isSending || last?.status.phase !== 'awaiting-mfa' || challenge === null) return;
    const { lastIgnoredAnswer } = last.status;
    const reopened = ['answer-not-sent', 'unusable-answer'].includes(lastIgnoredAnswer?.reason ?? '');
    const question = `${challenge.challengeId} ${reopened ? (lastIgnoredAnswer?.at ?? '') : ''}`;
    if (question === this.dealtWith) {
      this.checkThatAnswerWasTaken();
      return;
    }
    const planned = this.nextAnswer();
    if (planned === null) return;
    this.isSending = true;
    if (planned.sends.some(counts)) {
      this.dealtWith = question;
      this.dealtWithAtMs = Infinity;
      this.looksSinceDealtWith = 0;
    }
    void this.send(last.status, challenge, planned).finally(() => {
      this.isSending = false;
      this.dealtWithAtMs = performance.now();
    });
  }

  /** Waits for the replies that still come; not for ever, since an attempt may hang. */
  async hearOut(): Promise<void> {
    await Promise.race([Promise.all(this.replies), delay(5_000)]);
  }

  private nextAnswer(): PlannedAnswer | null {
    const { person, worker } = this.play.schedule;
    const next = this.answers.shift();
    if (next !== undefined) return next;
    if (person.afterwards !== 'answers-rightly') return null;
    const by = worker === 'forgets' ? 'signal' : 'update';
    return { thinkMs: 0, sends: [{ content: 'right', by, form: 'with-id' }] };
  }

  private async send(
    status: AttemptProgress,
    challenge: Challenge,
    { thinkMs, sends }: PlannedAnswer,
  ): Promise<void> {
    const { world, main, schedule } = this.play;
    await delay(thinkMs);
    const sender = { temporal: world.temporal, publicKeys: world.publicKeys, marker: schedule.marker };
    const earlier = main.challengeIds.slice(0, -1);
    const told = sends.map(({ content, by, form }) => `${content} by ${by} ${form}`).join(', ');
    this.play.note(`the person answers ${challenge.challengeId.split(':').slice(1).join(':')}: ${told}`);
    const sent = await Promise.all(
      sends.map((send) => submitAnswer(sender, status, challenge, send, earlier)),
    );
    main.submissions.push(...sent.map(({ submission }) => submission));
    this.replies.push(...sent.map(({ replied }) => replied));
    // The server has all messages soon; the verdicts come when they come.
    const refusals = sent.filter(
      ({ submission }) => submission.planned.by === 'signal' || !counts(submission.planned),
    );
    await Promise.race([Promise.all(refusals.map(({ replied }) => replied)), delay(1_000)]);
  }

  /** An answer that could be taken was sent, and the person is asked all the same. */
  private checkThatAnswerWasTaken(): void {
    this.looksSinceDealtWith += 1;
    const isEarly = performance.now() - this.dealtWithAtMs < NEWS_MS || this.looksSinceDealtWith < NEWS_LOOKS;
    if (this.play.isSilent || isEarly) return;
    const { last, submissions } = this.play.main;
    const open = last?.status.challenge?.challengeId;
    const replies = submissions
      .filter(({ planned, openChallengeId }) => counts(planned) && openChallengeId === open)
      .map(({ planned, reply }) => `${planned.by}: ${reply.kind}`);
    this.play.violate(1, `an answer to the open challenge was lost (${replies.join(', ')})`);
  }
}
