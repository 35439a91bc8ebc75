import { readJob, jobDigest, type JobView } from '../../src/basiq/job';
import { jobDocumentSchema } from '../../src/basiq/job-document';

const API = 'https://au-api.basiq.io';
const CONNECTION = '/users/u-1/connections/c-1';

function view(wire: Record<string, unknown>, apiUrl = API): JobView {
  return readJob(jobDocumentSchema.parse({ type: 'job', id: 'j-1', ...wire }), apiUrl);
}

const step = (title: string, status: string, result: unknown = null) => ({ title, status, result });
const link = (url: string) => ({ type: 'link', url });
const verified = step('verify-credentials', 'success', link(CONNECTION));
const queuedResult = {
  code: 'temporary-unavailable-queued',
  title: 'Temporarily unavailable',
  detail: 'Basiq tries again',
};
const mfaResult = {
  type: 'mfa',
  method: 'token',
  description: 'Enter the code',
  input: ['OTP Password'],
  expiryMs: 120000,
  links: { response: '/jobs/j-1/mfa' },
};
const rest = [step('retrieve-accounts', 'pending'), step('retrieve-transactions', 'pending')];
const asking = (result: unknown, status = 'in-progress') => [
  step('verify-credentials', 'success', link(CONNECTION)),
  step('mfa-challenge', status, result),
  ...rest,
];

function challengeOf(job: JobView) {
  if (job.state !== 'challenged') throw new Error(`expected a challenge, not ${job.state}`);
  return job.challenge;
}

/** Each shape of a job that Basiq's answers, documentation and clients show, and what it means. */
const STATES: [string, unknown, JobView['state']][] = [
  ['all pending', [step('verify-credentials', 'pending'), ...rest], 'running'],
  ['verifying', [step('verify-credentials', 'in-progress'), ...rest], 'running'],
  ['verified, retrieving', [verified, step('retrieve-accounts', 'in-progress'), rest[1]], 'running'],
  ['no steps yet', [], 'running'],
  ['steps null', null, 'running'],
  ['steps missing', undefined, 'running'],
  ['steps of another type', 'none', 'running'],
  ['a step that is null', [verified, null], 'running'],
  ['a step without status', [verified, { title: 'retrieve-accounts' }], 'running'],
  ['an unknown status', [verified, step('retrieve-accounts', 'paused')], 'running'],
  ['MFA listed, not asked yet', asking(null, 'pending'), 'running'],
  ['MFA in progress without a request yet', asking(null), 'running'],
  ['MFA in progress with a result of another type', asking(link('/x')), 'running'],
  ['MFA asked', asking(mfaResult), 'challenged'],
  ['MFA asked, array form', asking([mfaResult]), 'challenged'],
  ['MFA request still there after it succeeded', asking(mfaResult, 'success'), 'running'],
  ['MFA request of a pending step', asking(mfaResult, 'pending'), 'running'],
  ['steps in another order', asking(mfaResult).reverse(), 'challenged'],
  [
    'MFA skipped, all others good',
    [
      verified,
      step('mfa-challenge', 'skipped'),
      step('retrieve-accounts', 'success'),
      step('retrieve-transactions', 'success'),
    ],
    'succeeded',
  ],
  [
    'three steps, all good, results as arrays of one',
    [
      step('verify-credentials', 'success', [link(CONNECTION)]),
      step('retrieve-accounts', 'success', [link('/users/u-1/accounts')]),
      step('retrieve-transactions', 'success', [link('/users/u-1/transactions')]),
    ],
    'succeeded',
  ],
  [
    'four steps, all good, the MFA request still in its step',
    [verified, step('mfa-challenge', 'success', mfaResult), step('retrieve-accounts', 'success')],
    'succeeded',
  ],
  [
    'five steps, the last one running',
    [
      verified,
      step('mfa-challenge', 'success'),
      step('retrieve-accounts', 'success'),
      step('retrieve-transactions', 'success'),
      step('retrieve-statements', 'in-progress'),
    ],
    'running',
  ],
  [
    'an unknown step that runs when the others are good',
    [verified, step('retrieve-accounts', 'success'), step('retrieve-meta', 'in-progress')],
    'running',
  ],
  ['queued', [step('verify-credentials', 'pending', queuedResult), ...rest], 'queued'],
  ['queued, array form', [step('verify-credentials', 'pending', [queuedResult]), ...rest], 'queued'],
  ['queued, while Basiq tries', [step('verify-credentials', 'in-progress', queuedResult), ...rest], 'queued'],
  [
    'the queue code of a verified step',
    [step('verify-credentials', 'success', queuedResult), ...rest],
    'running',
  ],
  [
    'another code on a pending step',
    [step('verify-credentials', 'pending', { ...queuedResult, code: 'something-new' }), ...rest],
    'running',
  ],
  [
    'queue expired',
    [step('verify-credentials', 'failed', { ...queuedResult, code: 'temporary-unavailable' }), ...rest],
    'failed',
  ],
  ['failed with the queue code', [step('verify-credentials', 'failed', queuedResult), ...rest], 'failed'],
  ['failed, later steps pending for ever', [step('verify-credentials', 'failed', null), ...rest], 'failed'],
  [
    'failed at the last step, after a challenge',
    [
      verified,
      step('mfa-challenge', 'in-progress', mfaResult),
      step('retrieve-accounts', 'failed', { code: 'service-unavailable', title: 'x' }),
    ],
    'failed',
  ],
];

describe('readJob', () => {
  test.each(STATES)('%s', (_, steps, state) => {
    expect(view({ steps }).state).toBe(state);
  });

  test('reads the facts of a recorded job', () => {
    const job = view({
      created: '2020-09-09T11:06:52Z',
      updated: '2020-09-09T11:07:39.250Z',
      institution: { type: 'institution', id: 'AU00000', links: { self: `${API}/institutions/AU00000` } },
      steps: [verified, step('retrieve-accounts', 'success'), step('retrieve-transactions', 'success')],
      links: { self: `${API}/jobs/j-1`, source: `${API}${CONNECTION}` },
      jobType: 'connection.created',
    });
    expect(job).toEqual({
      jobId: 'j-1',
      state: 'succeeded',
      createdAt: '2020-09-09T11:06:52.000Z',
      updatedAt: '2020-09-09T11:07:39.250Z',
      connectionId: 'c-1',
      institutionId: 'AU00000',
      steps: [
        { title: 'verify-credentials', status: 'success' },
        { title: 'retrieve-accounts', status: 'success' },
        { title: 'retrieve-transactions', status: 'success' },
      ],
    });
    expect(JSON.parse(JSON.stringify(job))).toEqual(job);
  });

  test.each([
    ['2020-09-09T11:06:52Z', '2020-09-09T11:06:52.000Z'],
    ['2020-09-09T11:06:52.5Z', '2020-09-09T11:06:52.500Z'],
    ['2020-09-09T11:06:52', '2020-09-09T11:06:52.000Z'],
    ['2020-09-09T21:06:52+10:00', '2020-09-09T11:06:52.000Z'],
    ['yesterday', null],
    ['', null],
    [null, null],
    [undefined, null],
    [{}, null],
  ])('a time of %p', (created, expected) => {
    expect(view({ created }).createdAt).toBe(expected);
  });

  test.each<[string, Record<string, unknown>, string | null]>([
    ['an absolute source', { links: { source: `${API}${CONNECTION}` } }, 'c-1'],
    ['a relative source', { links: { source: CONNECTION } }, 'c-1'],
    ['a source with a slash and a query', { links: { source: `${CONNECTION}/?a=b` } }, 'c-1'],
    ['a source on another host', { links: { source: `https://evil.example${CONNECTION}` } }, null],
    ['a source that only looks relative', { links: { source: `//evil.example${CONNECTION}` } }, null],
    ['a source of another scheme', { links: { source: `ftp://au-api.basiq.io${CONNECTION}` } }, null],
    ['a source that is no connection', { links: { source: `${API}/users/u-1/statements/s-1` } }, null],
    ['a broken source', { links: { source: 'http://[' } }, null],
    ['no source, nothing verified', { links: { self: `${API}/jobs/j-1` }, steps: rest }, null],
    ['no source, but a verify step', { links: {}, steps: [verified, ...rest] }, 'c-1'],
    ['no links at all', { steps: [verified, ...rest] }, 'c-1'],
    ['links null', { links: null, steps: [verified, ...rest] }, 'c-1'],
    [
      'a foreign source and a verify step',
      { links: { source: `https://evil.example/users/u/connections/c-9` }, steps: [verified] },
      'c-1',
    ],
    ['an encoded id', { links: { source: '/users/u-1/connections/c%201' } }, 'c 1'],
    ['an id that cannot be decoded', { links: { source: '/users/u-1/connections/%E0%A4%A' } }, null],
  ])('connection id: %s', (_, wire, expected) => {
    expect(view(wire).connectionId).toBe(expected);
  });

  test('a base address with a path of its own', () => {
    const base = 'https://proxy.example/basiq/';
    expect(view({ links: { source: `https://proxy.example/basiq${CONNECTION}` } }, base).connectionId).toBe(
      'c-1',
    );
    expect(view({ links: { source: CONNECTION } }, base).connectionId).toBe('c-1');
    expect(view({ links: { source: `${API}${CONNECTION}` } }, base).connectionId).toBeNull();
  });

  test.each<[unknown, string | null]>([
    [{ id: 'AU00000' }, 'AU00000'],
    [{ links: { self: `${API}/institutions/AU00000` } }, 'AU00000'],
    ['AU00000', 'AU00000'],
    [null, null],
    [undefined, null],
    [{}, null],
    [7, null],
  ])('institution %p', (institution, expected) => {
    expect(view({ institution }).institutionId).toBe(expected);
  });

  describe('a challenge', () => {
    const read = (over: Record<string, unknown> = {}, apiUrl = API) =>
      challengeOf(view({ steps: asking({ ...mfaResult, ...over }) }, apiUrl));

    test('shows what is asked', () => {
      expect(read()).toEqual({
        method: 'token',
        description: 'Enter the code',
        prompts: ['OTP Password'],
        expiresInMs: 120_000,
        fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
      });
    });

    test.each<[unknown, number | null]>([
      [120000, 120_000],
      [60000, 60_000],
      [3600, 3_600_000],
      [59, 59_000],
      ['120000', 120_000],
      [0, null],
      [-5, null],
      [null, null],
      [undefined, null],
      ['soon', null],
    ])('expiryMs %p', (expiryMs, expected) => {
      expect(read({ expiryMs }).expiresInMs).toBe(expected);
    });

    test.each<[unknown, string[]]>([
      [
        ['first', 'second'],
        ['first', 'second'],
      ],
      ['We sent a code to 04XX', ['We sent a code to 04XX']],
      [[], []],
      [null, []],
      [undefined, []],
      [
        [{ label: 'Code' }, 7],
        ['{"label":"Code"}', '7'],
      ],
    ])('input %p', (input, expected) => {
      expect(read({ input }).prompts).toEqual(expected);
    });

    test('has a fingerprint that follows its content and nothing else', () => {
      const { fingerprint } = read();
      expect(read({ links: { response: `${API}/jobs/j-1/mfa` } }).fingerprint).toBe(fingerprint);
      expect(read({ expiryMs: 3600, unknown: 1 }).fingerprint).toBe(fingerprint);
      expect(challengeOf(view({ steps: asking([mfaResult]).reverse() })).fingerprint).toBe(fingerprint);
      const others = [
        read({ method: 'security-questions' }),
        read({ description: 'Enter the next code' }),
        read({ input: ['OTP Password', 'again'] }),
        read({ links: { response: '/jobs/j-1/mfa/2' } }),
        read({ links: null }),
      ].map((challenge) => challenge.fingerprint);
      expect(new Set([...others, fingerprint]).size).toBe(6);
    });

    test('is readable with nothing but its type', () => {
      expect(challengeOf(view({ steps: asking({ type: 'mfa' }) }))).toMatchObject({
        method: '',
        description: '',
        prompts: [],
        expiresInMs: null,
      });
    });
  });

  describe('a failure', () => {
    const read = (steps: unknown[]) => {
      const job = view({ steps });
      if (job.state !== 'failed') throw new Error(`expected a failure, not ${job.state}`);
      return job.failure;
    };

    test.each<[string, unknown, { code: string; title: string; detail: string | null }]>([
      [
        'object form',
        { code: 'invalid-credentials', title: 'Cannot log in', detail: 'Account is locked' },
        { code: 'invalid-credentials', title: 'Cannot log in', detail: 'Account is locked' },
      ],
      [
        'array form, details',
        [{ code: 'invalid-credentials', title: 'Cannot log in', details: 'Account is locked' }],
        { code: 'invalid-credentials', title: 'Cannot log in', detail: 'Account is locked' },
      ],
      ['a code of its own', { code: 'a-new-one' }, { code: 'a-new-one', title: '', detail: null }],
      ['a numeric code', { code: 17, title: 'T' }, { code: '17', title: 'T', detail: null }],
      ['no code', { title: 'Odd', detail: 'D' }, { code: 'unknown-error', title: 'Odd', detail: 'D' }],
      ['null', null, { code: 'unknown-error', title: '', detail: null }],
      ['an empty array', [], { code: 'unknown-error', title: '', detail: null }],
      ['a text', 'broken', { code: 'unknown-error', title: '', detail: null }],
      ['a link', link(CONNECTION), { code: 'unknown-error', title: '', detail: null }],
    ])('%s', (_, result, expected) => {
      expect(read([verified, step('retrieve-accounts', 'failed', result), rest[1]])).toEqual({
        step: 'retrieve-accounts',
        ...expected,
      });
    });

    test('of several is the earliest by Basiq’s order, wherever it stands', () => {
      const failed = (title: string) => step(title, 'failed', { code: `of-${title}` });
      const steps = [failed('something-new'), failed('retrieve-accounts'), failed('mfa-challenge'), verified];
      expect(read(steps).code).toBe('of-mfa-challenge');
      expect(read([...steps].reverse()).code).toBe('of-mfa-challenge');
    });

    test('keeps the connection that was verified before it', () => {
      expect(view({ steps: [verified, step('retrieve-accounts', 'failed')] }).connectionId).toBe('c-1');
    });

    test('is cut to what a history can take', () => {
      const failure = read([
        step('verify-credentials', 'failed', { code: 'c', detail: 'x'.repeat(100_000) }),
      ]);
      expect(failure.detail).toHaveLength(1000);
    });
  });

  test('an outage names its code and text', () => {
    expect(view({ steps: [step('verify-credentials', 'pending', queuedResult), ...rest] })).toMatchObject({
      outage: queuedResult,
    });
  });

  test('only a missing id makes a job unreadable', () => {
    expect(jobDocumentSchema.safeParse({ steps: [] }).success).toBe(false);
    expect(
      jobDocumentSchema.safeParse({ id: 'j', steps: [1, 'a', [], {}], links: 4, institution: [] }).success,
    ).toBe(true);
  });
});

describe('jobDigest', () => {
  const base = { steps: asking(mfaResult), updated: '2020-09-09T11:06:52Z' };
  const digest = (wire: Record<string, unknown>) => jobDigest(view(wire));

  test.each<[string, Record<string, unknown>]>([
    ['updated', { ...base, updated: '2021-01-01T00:00:00Z' }],
    ['the order of steps', { ...base, steps: asking(mfaResult).reverse() }],
    ['the form of results', { ...base, steps: asking([mfaResult]) }],
    [
      'the form of links',
      { ...base, steps: asking({ ...mfaResult, links: { response: `${API}/jobs/j-1/mfa` } }) },
    ],
  ])('is the same whatever %s', (_, wire) => {
    expect(digest(wire)).toBe(digest(base));
  });

  test('is the same whatever an outage says and whether a try is under way', () => {
    const queued = (status: string, detail: string) =>
      digest({ steps: [step('verify-credentials', status, { ...queuedResult, detail }), ...rest] });
    expect(queued('in-progress', 'other words')).toBe(queued('pending', 'some words'));
  });

  test('differs for every kind of news', () => {
    const failing = (code: string, detail: string) =>
      digest({ steps: [verified, step('retrieve-accounts', 'failed', { code, detail })] });
    const digests = [
      digest(base),
      digest({ steps: asking({ ...mfaResult, description: 'again' }) }),
      digest({ steps: asking(mfaResult, 'success') }),
      digest({ steps: asking(null, 'pending') }),
      digest({ steps: [step('verify-credentials', 'pending'), ...rest] }),
      digest({ steps: [step('verify-credentials', 'in-progress'), ...rest] }),
      digest({ steps: [step('verify-credentials', 'pending', queuedResult), ...rest] }),
      digest({ steps: [step('verify-credentials', 'pending'), ...rest], links: { source: CONNECTION } }),
      digest({ steps: [step('verify-credentials', 'pending')] }),
      failing('service-unavailable', 'a'),
      failing('unknown-error', 'a'),
    ];
    expect(new Set(digests).size).toBe(digests.length);
    expect(failing('unknown-error', 'b')).toBe(failing('unknown-error', 'a'));
  });
});
