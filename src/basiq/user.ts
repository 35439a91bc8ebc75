import { z } from 'zod';
import { looseText } from './wire-values';

export const userSchema = z.object({
  id: z.string().min(1),
  email: looseText(320),
  mobile: looseText(50),
});
export type BasiqUser = z.output<typeof userSchema>;
