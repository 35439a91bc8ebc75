import type { AttemptProgress } from '../../../src/client';
import { endOf, newlyBegun, type Conducted } from '../conduct';
import type { Check, Injection, Scene } from '../injection';
import type { Person, Script } from '../scripts';
import { sendHostile, TO_AN_ATTEMPT, type Message } from './hostile/messages';
import { hostileValues, type HostileValue } from './hostile/values';

/** An attempt that stays in its phase while it is sent whatever there is, and must end rightly all the same. */
interface Target {
  name: string;
  institutionId: string;
  credentials: { loginId: string; password: string };
  phase: AttemptProgress['phase'];
  end: Person;
}

const gilfoyle = { loginId: 'Gilfoyle', password: 'PiedPiper' };
const TARGETS: readonly Target[] = [
  {
    name: 'asked for a code',
    institutionId: 'AU00002',
    credentials: gilfoyle,
    phase: 'awaiting-mfa',
    end: { does: 'answer', by: 'update', wrongFirst: false },
  },
  {
    name: 'asked for an approval',
    institutionId: 'AU90006',
    credentials: gilfoyle,
    phase: 'awaiting-mfa',
    end: { does: 'approve' },
  },
  {
    name: 'queued',
    institutionId: 'AU90002',
    credentials: gilfoyle,
    phase: 'queued',
    end: { does: 'cancel', during: 'queued' },
  },
  {
    name: 'running',
    institutionId: 'AU90008',
    credentials: gilfoyle,
    phase: 'verifying',
    end: { does: 'cancel', during: 'verifying' },
  },
];

/** Each stays in the history of the attempt that it is sent to by signal, and a history has an end (50 MB). */
const MOST_LARGE_EACH = 12;

export const hostileInputs: Injection = {
  name: 'hostile inputs',
  what: 'inputs, signals, updates and queries with every wrong thing in them that we could think of',
  // Traces are made of what comes in the messages' headers; nobody collects them here.
  workerEnv: () => ({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }),
  inject: async (scene) => {
    const values = await hostileValues(scene.stage.world.publicKeys);
    const each = (scene.short ? 200 : 1_000) / (TARGETS.length + 1);
    const complaints: string[] = [];
    const lanes = await Promise.all(TARGETS.map((target) => begin(target, scene)));
    const bombard = async (messages: readonly Message[], workflowId: string, where: string) => {
      let large = 0;
      for (let sent = 0; sent < each; sent += 1) {
        const message = scene.random.oneOf(messages);
        const isLarge = large < (scene.short ? 3 : MOST_LARGE_EACH) && scene.random.chance(0.1);
        if (isLarge) large += 1;
        const drawn: HostileValue = scene.random.oneOf(isLarge ? values.large : values.small);
        const value = isEndedByTemporal(message, drawn) ? scene.random.oneOf(values.small) : drawn;
        await scene.struck();
        try {
          const { message: said } = await sendHostile(scene.stage, message, workflowId, value);
          if (said === '')
            complaints.push(`${where}, ${message}: "${value.name}" was refused without a word`);
        } catch (error) {
          complaints.push(`${where}, ${message}: "${value.name}": ${String(error)}`);
        }
      }
    };
    await Promise.all([
      bombard(['start'], '', 'as an input'),
      ...lanes.map(async ({ conducted, target }) => {
        await bombard(TO_AN_ATTEMPT, conducted.workflowId, target.name);
        // Not after the others: the queued one's seven days are four minutes.
        await finish(conducted, target, scene);
      }),
    ]);
    return checksOf(complaints);
  },
};

/**
 * An update above Temporal's limit of 2 MB is handed to the worker, and the workflow is terminated by the server because
 * the worker's refusal holds the update and so is as large. Nothing of ours can prevent that but not sending it.
 */
function isEndedByTemporal(message: Message, { bytes }: HostileValue): boolean {
  return (message === 'submitMfaAnswer' || message === 'unknown update') && bytes > 1_950_000;
}

function checksOf(complaints: readonly string[]): Check[] {
  if (complaints.length === 0)
    return [{ name: 'each was refused with a message, or did no harm', holds: true }];
  return complaints.map((name) => ({ name, holds: false }));
}

async function begin(target: Target, { stage, load }: Scene) {
  const userId = await stage.bank.newUser();
  const { institutionId, credentials, phase } = target;
  const operation = { kind: 'create', institutionId, credentials } as const;
  const { workflowId } = await stage.client.start({ userId, operation });
  const script: Script = {
    name: `hostile messages while ${target.name}`,
    prepare: () => Promise.resolve({ userId, operation }),
    person: target.end,
    expected: { ended: target.end.does === 'cancel' ? 'cancelled' : 'succeeded' },
    jobsWanted: 1,
    startsWanted: 1,
  };
  const conducted = newlyBegun({ script, userId, workflowId, jobsBefore: new Set() });
  load.attempts.push(conducted);
  for await (const progress of stage.client.watch(workflowId)) if (progress.phase === phase) break;
  return { conducted, target };
}

/** The person does at last what the attempt waits for. */
async function finish(conducted: Conducted, { end }: Target, { stage }: Scene): Promise<void> {
  const { client } = stage;
  const { workflowId } = conducted;
  const limit = AbortSignal.timeout(60_000);
  try {
    if (end.does === 'cancel') await client.cancel(workflowId);
    else {
      conducted.answersGiven = 1;
      await (end.does === 'approve'
        ? client.confirm(workflowId)
        : client.submitMfaAnswer(workflowId, { response: ['Hooli'] }));
    }
    const ended = await endOf(stage, workflowId, limit);
    Object.assign(conducted, { end: ended.end, namedJobId: ended.jobId, endedAtMs: performance.now() });
  } catch (error) {
    conducted.trouble = String(error);
  }
}
