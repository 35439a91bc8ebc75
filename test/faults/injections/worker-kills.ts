import { setTimeout as delay } from 'node:timers/promises';
import type { CallKind, FaultProxy, Gate } from '../fault-proxy';
import type { Injection, Scene } from '../injection';

/** Where in a worker's life it is killed. The POSTs are what must not happen twice, so most kills aim at one. */
type Moment = 'any time' | { at: CallKind; moment: 'read' | 'done'; then: 'pass' | 'drop' };

const MOMENTS: readonly Moment[] = [
  'any time',
  'any time',
  { at: 'start', moment: 'read', then: 'drop' },
  { at: 'start', moment: 'read', then: 'pass' },
  { at: 'start', moment: 'done', then: 'drop' },
  { at: 'answer', moment: 'read', then: 'drop' },
  { at: 'answer', moment: 'read', then: 'pass' },
  { at: 'answer', moment: 'done', then: 'drop' },
  { at: 'look', moment: 'done', then: 'drop' },
];

export const workerKills: Injection = {
  name: 'worker SIGKILL',
  what: 'one worker after the other: at any time, and while a POST of its is on its way to Basiq or back',
  inject: async (scene) => {
    const { crew } = scene.stage;
    const kills = scene.short ? 6 : 50;
    let waiting: Moment[] = [];
    for (let killed = 0; killed < kills;) {
      if (waiting.length === 0) waiting = [...MOMENTS];
      const moment = scene.random.oneOf(waiting);
      waiting = waiting.filter((candidate) => candidate !== moment);
      const door = await doorToKill(moment, scene);
      if (crew.doors.includes(door)) {
        await scene.struck();
        await crew.kill(door);
        killed += 1;
      }
      scene.stage.proxy.honest();
      await crew.fill();
    }
    return [];
  },
};

async function doorToKill(moment: Moment, { stage, random }: Scene): Promise<string> {
  const { proxy, crew } = stage;
  if (moment === 'any time') {
    await delay(random.between(200, 2_500));
    return random.oneOf(crew.doors);
  }
  return Promise.race([nextAt(proxy, moment), delay(10_000).then(() => random.oneOf(crew.doors))]);
}

/** The door of the next such call; it waits there until the proxy is honest again. */
function nextAt(proxy: FaultProxy, wanted: Exclude<Moment, 'any time'>): Promise<string> {
  return new Promise((resolve) => {
    let caught = false;
    const gate: Gate = async ({ kind, door }, moment) => {
      if (caught || kind !== wanted.at || moment !== wanted.moment) return 'pass';
      caught = true;
      resolve(door);
      while (proxy.gate === gate) await delay(20);
      return wanted.then;
    };
    proxy.gate = gate;
  });
}
