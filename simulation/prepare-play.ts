import { setTimeout as delay } from 'node:timers/promises';
import type { AttemptInput } from '../src/client';
import { passwordOf } from './person-plan';
import type { Play } from './play';

/** Makes the person, for all but a create what was there before, and the faults; says what to ask for. */
export async function preparePlay(play: Play): Promise<AttemptInput> {
  const { elsewhere, admin } = play.stage;
  const { operation, policy, bank, person } = play.schedule;
  const { institutionId } = bank;
  const userId = (play.userId = (await elsewhere.createUser({ email: 'gavin@hooli.com' })).id);
  if (operation === 'update' || operation === 'refresh') await connectBefore(play);
  await admin.setBank(institutionId, { skipMfa: false, ...bank.behaviour });
  switch (operation) {
    case 'create': {
      await injectFaults(play);
      return {
        userId,
        policy,
        operation: { kind: 'create', institutionId, credentials: { ...person.login } },
      };
    }
    case 'adopt': {
      const { jobId } = await elsewhere.createConnection(userId, person.login, institutionId);
      play.foreignJobs.add(jobId);
      await injectFaults(play);
      return { userId, policy, operation: { kind: 'adopt', jobId } };
    }
    case 'update':
    case 'refresh': {
      const [job] = await admin.jobsOf(userId);
      const connectionId = job?.connectionId ?? '';
      await injectFaults(play);
      if (operation === 'refresh') return { userId, policy, operation: { kind: 'refresh', connectionId } };
      const { password } = person.login;
      return { userId, policy, operation: { kind: 'update', connectionId, credentials: { password } } };
    }
  }
}

/** The connection that is to be updated or refreshed. */
async function connectBefore({ world, stage, schedule, userId, foreignJobs }: Play): Promise<void> {
  const { login } = schedule.person;
  const { institutionId } = schedule.bank;
  await stage.admin.setBank(institutionId, { status: 'operational', skipMfa: true });
  const before = { ...login, password: passwordOf(login.loginId) };
  const { jobId } = await stage.elsewhere.createConnection(userId, before, institutionId);
  foreignJobs.add(jobId);
  if (institutionId !== 'AU90008') {
    const isOver = async () => {
      const jobs = await stage.admin.jobsOf(userId);
      return jobs.every(({ state }) => state === 'succeeded' || state === 'failed');
    };
    while (!(await isOver())) await delay(20);
  }
  // So young a job could be taken for the one of a POST whose end is not known.
  await world.sleep(10 * 60_000);
}

async function injectFaults({ schedule, stage }: Play): Promise<void> {
  for (const { route, nth, count, fault } of schedule.faults) {
    // The calls before it pass: a delay of nothing is no fault.
    const passing = { route, count: nth - 1, fault: { kind: 'delay', ms: 0 } } as const;
    if (nth > 1) await stage.admin.fault(passing);
    await stage.admin.fault({ route, count, fault });
  }
}
