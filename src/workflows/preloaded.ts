/**
 * Loaded once by a worker and shared by all its workflows, where other modules are evaluated again for each: zod takes
 * longer to load than everything else that an attempt does in the workflow sandbox. What is shared is frozen, so zod must
 * have set itself up before, which it does when a first object is parsed. Schemas cannot be shared, since they finish
 * building themselves when they are first used.
 */
import { z } from 'zod';

// An attempt parses with each of its schemas once or twice: compiling them costs more than it saves.
z.config({ jitless: true });
z.strictObject({ text: z.string().optional() }).safeParse({});
