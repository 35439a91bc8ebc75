import { randomUUID } from 'node:crypto';
import type { Bank } from './bank-book';
import type { ApiVersion, JobPlan } from './job-plan';
import type { Person } from './people';
import { queueCadence } from './retry-queue';
import type { Settings } from './settings';
import { type Connection, Job } from './store';

export interface JobOrder {
  kind: JobPlan['kind'];
  connection: Connection;
  bank: Bank;
  person: Person | null;
  apiVersion: ApiVersion;
  nowMs: number;
}

/** Makes a job; from here on it runs by itself, as time passes. */
export function makeJob(order: JobOrder, settings: Settings): Job {
  const { kind, connection, bank, person, apiVersion, nowMs } = order;
  const plan: JobPlan = {
    jobId: randomUUID(),
    userId: connection.userId,
    connectionId: connection.id,
    institutionId: connection.institutionId,
    kind,
    createdAtMs: nowMs,
    stepMs: settings.stepMs * bank.institution.slowness,
    cadence: queueCadence(settings.queueScale),
    apiVersion,
    person,
    challenges: bank.challengesOfNextJob(person),
    neverStarts: bank.institution.neverStarts,
  };
  return new Job(plan, bank);
}
