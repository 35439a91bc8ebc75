import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Injection } from '../injection';

const HOUR_MS = 3_600_000;
const PRELOAD = path.join(__dirname, 'shifted-clock.cjs');

export const shiftedClock: Injection = {
  name: 'worker clock off by an hour',
  what: "one worker's clock is an hour fast, the other's an hour slow, and now and then they jump to the other side",
  workerEnv: (index) => ({
    NODE_OPTIONS: `--require ${JSON.stringify(PRELOAD)}`,
    CLOCK_OFF_MS: String(index % 2 === 0 ? HOUR_MS : -HOUR_MS),
  }),
  inject: async (scene) => {
    for (let jumps = scene.short ? 2 : 12; jumps > 0; jumps -= 1) {
      await delay(scene.random.between(1_000, 3_000));
      await scene.struck();
      scene.random.oneOf(scene.stage.crew.children).signal('SIGWINCH');
    }
    return [];
  },
};
