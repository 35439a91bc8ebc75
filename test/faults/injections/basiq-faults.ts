import { setTimeout as delay } from 'node:timers/promises';
import type { Passage, Spoil } from '../fault-proxy';
import type { Injection, Scene } from '../injection';
import type { Random } from '../random';
import { OtherHost } from './other-host';

/** For a while, calls of all kinds are spoilt at random; `share` of them, and at least one of each POST. */
async function spoilCalls(
  scene: Scene,
  share: number,
  draw: (random: Random, passage: Passage) => Spoil,
): Promise<void> {
  const { random, stage, short } = scene;
  const unmet = new Set(['start', 'answer', 'look']);
  const strikes: Promise<void>[] = [];
  stage.proxy.spoil = (passage) => {
    if (!unmet.has(passage.kind) && !random.chance(share)) return null;
    unmet.delete(passage.kind);
    strikes.push(scene.struck());
    return draw(random, passage);
  };
  await delay(short ? 2_000 : 20_000);
  // A quiet minute must not let a fault pass that met none of the POSTs.
  for (let waitedMs = 0; unmet.size > 0 && waitedMs < 60_000; waitedMs += 100) await delay(100);
  stage.proxy.honest();
  await Promise.all(strikes);
}

function spoiling(
  name: string,
  what: string,
  share: number,
  draw: (random: Random, passage: Passage) => Spoil,
): Injection {
  return {
    name,
    what,
    inject: async (scene) => {
      await spoilCalls(scene, share, draw);
      return [];
    },
  };
}

/** A wait that Basiq names is kept; without one it would be the documented five minutes after a POST. */
const soon = (random: Random, kind: Passage['kind']): number | null =>
  kind === 'look' && random.chance(0.1) ? null : Math.floor(random.between(0, 3));

export const basiqDown: Injection = {
  name: 'Basiq down',
  what: 'connections to Basiq are refused, and those that are open are reset',
  inject: async (scene) => {
    const { proxy } = scene.stage;
    for (let times = scene.short ? 1 : 3; times > 0; times -= 1) {
      await scene.struck();
      await proxy.close();
      await delay(scene.random.between(3_000, scene.short ? 4_000 : 12_000));
      await proxy.reopen();
      await delay(scene.random.between(1_000, 6_000));
    }
    return [];
  },
};

export const tooManyRequests = spoiling(
  'Basiq 429 storm',
  'most calls are answered 429',
  0.7,
  (random, { kind }) => ({ kind: 'status', status: 429, retryAfterSeconds: soon(random, kind) }),
);

export const serverErrors = spoiling(
  'Basiq 5xx',
  'half of the calls are answered 500, 502 or 503',
  0.5,
  (random, { kind }) => ({
    kind: 'status',
    status: random.oneOf([500, 502, 503]),
    retryAfterSeconds: soon(random, kind),
  }),
);

export const resets = spoiling(
  'Basiq resets',
  'the connection is reset after the call was read, whether or not it was carried out',
  0.4,
  (random) => ({ kind: 'reset', done: random.chance(0.5) }),
);

export const drips = spoiling(
  'Basiq drips',
  "answers come letter by letter, most of them slower than the worker's time limit",
  0.3,
  (random) => ({ kind: 'drip', everyMs: random.oneOf([1, 50]) }),
);

const BODIES = ['', '{', '[]', 'null', '"job"', '{"id":7}', '{"type":"job","id":"../..","steps":{}}', '{}'];

export const malformed = spoiling(
  'Basiq malformed',
  'bodies that are no JSON, other JSON, or cut off in the middle',
  0.3,
  (random) =>
    random.chance(0.5)
      ? { kind: 'truncated' }
      : {
          kind: 'body',
          done: random.chance(0.5),
          contentType: 'application/json',
          body: random.oneOf(BODIES),
        },
);

export const wrongContentType = spoiling(
  'Basiq wrong content type',
  'a page of HTML with status 200, or JSON that is called text or an image',
  0.3,
  (random) => ({
    kind: 'body',
    done: random.chance(0.5),
    contentType: random.oneOf(['text/html; charset=utf-8', 'image/png', 'text/plain']),
    body: '<html><body><h1>Welcome</h1></body></html>',
  }),
);

export const redirects: Injection = {
  name: 'Basiq redirects',
  what: 'calls are sent on to another host, also by those redirects that keep method and body',
  // A redirect that says that the call belongs elsewhere is a definite no, before there is a job.
  alsoRight: [{ ended: 'failed', code: 'redirect-refused' }],
  inject: async (scene) => {
    const other = await OtherHost.start();
    try {
      await spoilCalls(scene, 0.2, (random, { path }) => ({
        kind: 'redirect',
        status: random.oneOf([301, 302, 303, 307, 308]),
        location: other.url + path,
      }));
      return [
        { name: `the other host got nothing (${other.received} requests)`, holds: other.received === 0 },
      ];
    } finally {
      await other.stop();
    }
  },
};

export const expiredTokens: Injection = {
  name: 'tokens expired early',
  what: 'every token that Basiq has given is expired at once',
  inject: async (scene) => {
    for (let times = scene.short ? 3 : 15; times > 0; times -= 1) {
      await scene.struck();
      await scene.stage.admin.expireTokens();
      await delay(scene.random.between(300, 1_500));
    }
    return [];
  },
};
