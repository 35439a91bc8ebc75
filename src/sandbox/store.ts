import type { Bank } from './bank-book';
import type { JobHistory, JobPlan, MfaAnswer } from './job-plan';
import { type JobPosition, jobPosition } from './job-timeline';

export interface User {
  id: string;
  email: string;
  mobile: string;
}

export interface Connection {
  id: string;
  userId: string;
  institutionId: string;
  loginId: string;
  createdAtMs: number;
  /** Oldest first; never empty once the connection is stored. */
  jobs: Job[];
}

export class Job implements JobHistory {
  readonly answers: MfaAnswer[] = [];

  constructor(
    readonly plan: JobPlan,
    private readonly bank: Bank,
  ) {}

  readonly behaviourAt = (timeMs: number) => this.bank.behaviour.at(timeMs);

  at(nowMs: number): JobPosition {
    return jobPosition(this, nowMs);
  }

  isUnderWay(nowMs: number): boolean {
    const { state } = this.at(nowMs);
    return state !== 'succeeded' && state !== 'failed';
  }
}

/** Everything the sandbox knows, in memory only. */
export class Store {
  readonly users = new Map<string, User>();
  readonly connections = new Map<string, Connection>();
  readonly jobs = new Map<string, Job>();
  private readonly connectionsByUser = new Map<string, Connection[]>();
  private readonly jobsByUser = new Map<string, Job[]>();
  private readonly lastJobByLogin = new Map<string, Job>();

  addConnection(connection: Connection): void {
    this.connections.set(connection.id, connection);
    append(this.connectionsByUser, connection.userId, connection);
  }

  addJob(connection: Connection, job: Job): void {
    connection.jobs.push(job);
    this.jobs.set(job.plan.jobId, job);
    append(this.jobsByUser, connection.userId, job);
    this.lastJobByLogin.set(loginKey(connection), job);
  }

  connectionsOf(userId: string): readonly Connection[] {
    return this.connectionsByUser.get(userId) ?? [];
  }

  jobsOf(userId: string): readonly Job[] {
    return this.jobsByUser.get(userId) ?? [];
  }

  /** The last job that was made for a connection with this login. */
  lastJob(login: Login): Job | undefined {
    return this.lastJobByLogin.get(loginKey(login));
  }

  /** Its jobs stay: Basiq keeps what was retrieved under the user. */
  deleteConnection(connection: Connection): void {
    this.connections.delete(connection.id);
    const left = this.connectionsOf(connection.userId).filter(({ id }) => id !== connection.id);
    this.connectionsByUser.set(connection.userId, left);
    this.lastJobByLogin.delete(loginKey(connection));
  }

  deleteUser(userId: string): void {
    for (const connection of this.connectionsOf(userId)) {
      this.connections.delete(connection.id);
      this.lastJobByLogin.delete(loginKey(connection));
    }
    for (const job of this.jobsOf(userId)) this.jobs.delete(job.plan.jobId);
    this.connectionsByUser.delete(userId);
    this.jobsByUser.delete(userId);
    this.users.delete(userId);
  }
}

type Login = Pick<Connection, 'userId' | 'institutionId' | 'loginId'>;

function loginKey({ userId, institutionId, loginId }: Login): string {
  return JSON.stringify([userId, institutionId, loginId]);
}

function append<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
