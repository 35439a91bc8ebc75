import { setTimeout as delay } from 'node:timers/promises';
import { describeEnd, type RunningChild } from '../../tools/child-process';
import { startWorkerProcess } from '../../tools/worker-process';
import type { FaultProxy } from './fault-proxy';

export interface CrewOptions {
  address: string;
  taskQueue: string;
  basiqApiKey: string;
  proxy: FaultProxy;
  /** by the number of workers that were hired before */
  env: (index: number) => Readonly<Record<string, string>>;
  size: number;
}

interface Member {
  door: string;
  child: RunningChild;
}

/** The worker processes of a stage. Each reaches Basiq through a door of its own, so that it is known who called. */
export class Crew {
  /** How workers ended that nobody ended. */
  readonly deserters: string[] = [];
  private members: Member[] = [];
  private hired = 0;
  private closed = false;

  constructor(private readonly options: CrewOptions) {}

  /** Hires until there are as many as wanted; they take tasks when this returns. */
  async fill(): Promise<void> {
    const missing = this.options.size - this.members.length;
    await Promise.all(Array.from({ length: missing }, () => this.hire()));
  }

  get doors(): string[] {
    return this.members.map(({ door }) => door);
  }

  get children(): RunningChild[] {
    return this.members.map(({ child }) => child);
  }

  /** SIGKILL, to the one behind the door; false when it is gone already. */
  async kill(door: string): Promise<boolean> {
    const member = this.members.find((candidate) => candidate.door === door);
    if (member === undefined) return false;
    this.members = this.members.filter((candidate) => candidate !== member);
    member.child.kill();
    await member.child.ended;
    return true;
  }

  async killAll(): Promise<number> {
    return (await Promise.all(this.doors.map((door) => this.kill(door)))).filter(Boolean).length;
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all(this.members.map(({ child }) => child.stop()));
  }

  private async hire(): Promise<void> {
    const { address, taskQueue, basiqApiKey, proxy } = this.options;
    const env = this.options.env(this.hired);
    this.hired += 1;
    const door = `worker-${this.hired}`;
    const basiqUrl = await proxy.door(door);
    const child = await startWorkerProcess({
      address,
      taskQueue,
      basiqApiKey,
      basiqUrl,
      env,
    });
    const member = { door, child };
    this.members.push(member);
    void child.ended.then((end) => this.replace(member, describeEnd(end)));
  }

  /** As a supervisor would: a worker that ended by itself is started again until it stays. */
  private async replace(member: Member, how: string): Promise<void> {
    if (this.closed || !this.members.includes(member)) return;
    this.members = this.members.filter((candidate) => candidate !== member);
    this.deserters.push(`${member.door} ${how}`);
    while (!this.stopped && this.members.length < this.options.size) {
      await this.hire().catch(() => delay(1_000));
    }
  }

  private get stopped(): boolean {
    return this.closed;
  }
}
