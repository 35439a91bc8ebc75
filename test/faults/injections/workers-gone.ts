import { setTimeout as delay } from 'node:timers/promises';
import type { Injection } from '../injection';

export const workersGone: Injection = {
  name: 'all workers gone',
  what: 'every worker is killed, and none is there for a while',
  inject: async (scene) => {
    const { crew } = scene.stage;
    for (let times = scene.short ? 1 : 3; times > 0; times -= 1) {
      await scene.struck();
      await crew.killAll();
      await delay(scene.random.between(8_000, 20_000));
      await crew.fill();
      await delay(scene.random.between(3_000, 8_000));
    }
    return [];
  },
};
