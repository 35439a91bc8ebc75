import type { ActivitySettings } from './activity-settings';
import { answerChallenge, type AnswerChallengeInput } from './answer-challenge';
import { findOtherWatcher } from './find-other-watcher';
import { findStartedJob, type FindStartedJobInput } from './find-started-job';
import { inspectTarget } from './inspect-target';
import { lookAtJob, type LookInput } from './look-at-job';
import { readInstitutionStatus } from './read-institution-status';
import { startJob, type StartJobInput } from './start-job';
import { watchJob, type WatchJobInput } from './watch-job';

/** The activities of one worker, as Temporal sees them: each takes one JSON object and returns one. */
export function createActivities(settings: ActivitySettings) {
  return {
    inspectTarget: (input: Parameters<typeof inspectTarget>[1]) => inspectTarget(settings, input),
    startJob: (input: StartJobInput) => startJob(settings, input),
    findStartedJob: (input: FindStartedJobInput) => findStartedJob(settings, input),
    findOtherWatcher,
    watchJob: (input: WatchJobInput) => watchJob(settings, input),
    lookAtJob: (input: LookInput) => lookAtJob(settings, input),
    answerChallenge: (input: AnswerChallengeInput) => answerChallenge(settings, input),
    readInstitutionStatus: (input: { institutionId: string }) => readInstitutionStatus(settings, input),
  };
}

export type Activities = ReturnType<typeof createActivities>;
