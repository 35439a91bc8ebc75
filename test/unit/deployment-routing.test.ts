import { temporal } from '@temporalio/proto';
import { isNews, routingOf, setCurrentCommand } from '../../src/deployment-routing';

const { VERSION_DRAINAGE_STATUS_DRAINING, VERSION_DRAINAGE_STATUS_DRAINED } =
  temporal.api.enums.v1.VersionDrainageStatus;
const since = { seconds: null, nanos: 0 };

test.each([
  ['the server has not heard of it', null, { kind: 'unrouted' }],
  ['nobody has routed to it', { rampPercentage: 0 }, { kind: 'unrouted' }],
  ['it is current', { currentSinceTime: since }, { kind: 'current' }],
  ['a part goes to it', { rampPercentage: 5 }, { kind: 'ramping', percentage: 5 }],
  [
    'another took its place',
    { drainageInfo: { status: VERSION_DRAINAGE_STATUS_DRAINING } },
    { kind: 'draining' },
  ],
  [
    'its last attempt has ended',
    { drainageInfo: { status: VERSION_DRAINAGE_STATUS_DRAINED } },
    { kind: 'drained' },
  ],
  [
    'it is current again, and the server remembers that it drained',
    { currentSinceTime: since, drainageInfo: { status: VERSION_DRAINAGE_STATUS_DRAINED } },
    { kind: 'current' },
  ],
])('%s', (_, info, routing) => {
  expect(routingOf(info)).toEqual(routing);
});

describe('what is told', () => {
  const minutes = (count: number) => count * 60_000;

  test('a change, once', () => {
    expect(isNews({ kind: 'current' }, null, 0)).toBe(true);
    expect(isNews({ kind: 'current' }, { kind: 'unrouted', atMs: 0 }, 1)).toBe(true);
    expect(isNews({ kind: 'current' }, { kind: 'current', atMs: 0 }, minutes(60))).toBe(false);
    expect(isNews({ kind: 'drained' }, { kind: 'drained', atMs: 0 }, minutes(60))).toBe(false);
  });

  test('that nothing comes, every five minutes', () => {
    const told = { kind: 'unrouted', atMs: 0 } as const;
    expect(isNews({ kind: 'unrouted' }, told, minutes(4.9))).toBe(false);
    expect(isNews({ kind: 'unrouted' }, told, minutes(5))).toBe(true);
  });
});

test('the command that makes a version current, as it can be run', () => {
  expect(setCurrentCommand({ name: 'connections', buildId: '7f3a' }, 'production')).toBe(
    'temporal worker deployment set-current-version --namespace production --deployment-name connections --build-id 7f3a',
  );
});
