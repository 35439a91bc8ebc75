import { setTimeout as delay } from 'node:timers/promises';
import type { Injection, Scene } from '../injection';
import type { Killable } from '../temporal-under-test';

async function killAndRestart(part: Killable, times: number, scene: Scene): Promise<void> {
  for (let left = times; left > 0; left -= 1) {
    await scene.struck();
    await part.kill();
    await delay(scene.random.between(500, 6_000));
    await part.restart();
    // Until attempts move again, so that the next kill meets them in all phases and not in their recovery.
    await delay(scene.random.between(6_000, 12_000));
  }
}

export const devServerKills: Injection = {
  name: 'Temporal SIGKILL',
  what: 'the dev server is killed and started again on its database file',
  inject: async (scene) => {
    await killAndRestart(scene.stage.world.under.server, scene.short ? 1 : 5, scene);
    return [];
  },
};

export const clusterServerKills: Injection = {
  name: 'Temporal SIGKILL (cluster)',
  what: 'temporal-server on PostgreSQL is killed and started again',
  inject: async (scene) => {
    await killAndRestart(scene.stage.world.under.server, 4, scene);
    return [];
  },
};

export const postgresqlKills: Injection = {
  name: 'PostgreSQL SIGKILL',
  what: "the cluster's PostgreSQL is killed under a running temporal-server and started again",
  inject: async (scene) => {
    const { database } = scene.stage.world.under;
    if (database === null) throw new Error('this Temporal has no database of its own');
    await killAndRestart(database, 4, scene);
    return [];
  },
};
