import { z } from 'zod';

/** HTTP faults for the next calls of a route. */
export const faultSchema = z.discriminatedUnion('kind', [
  /** Refused with this status; nothing is done. */
  z.strictObject({
    kind: z.literal('status'),
    status: z.int().min(400).max(599),
    code: z.string().min(1).optional(),
    retryAfterSeconds: z.int().min(0).optional(),
  }),
  /** The request is read, nothing is done, the connection is reset. */
  z.strictObject({ kind: z.literal('reset-before') }),
  /** It is done, then the connection is reset: the answer is lost. */
  z.strictObject({ kind: z.literal('reset-after') }),
  /** It is done, and answered so much later (real time). */
  z.strictObject({ kind: z.literal('delay'), ms: z.number().min(0) }),
  /** It is done; the answer's JSON is cut off. */
  z.strictObject({ kind: z.literal('malformed') }),
  /** It is done; the answer is a page of HTML. */
  z.strictObject({ kind: z.literal('wrong-content-type') }),
  /** Nothing is done; a 302 to another place. */
  z.strictObject({ kind: z.literal('redirect'), location: z.string().min(1) }),
]);

export type Fault = z.infer<typeof faultSchema>;

export const faultOrderSchema = z.strictObject({
  route: z.string().min(1),
  count: z.int().min(1).default(1),
  fault: faultSchema,
});

export type FaultOrder = z.infer<typeof faultOrderSchema>;

/** Faults waiting for their calls; several orders for one route are used up one after the other. */
export class FaultBook {
  private readonly orders: FaultOrder[] = [];

  add(order: FaultOrder): void {
    this.orders.push({ ...order });
  }

  take(route: string): Fault | null {
    const index = this.orders.findIndex((order) => order.route === route);
    const order = this.orders[index];
    if (order === undefined) return null;
    order.count -= 1;
    if (order.count === 0) this.orders.splice(index, 1);
    return order.fault;
  }

  list(): readonly FaultOrder[] {
    return this.orders;
  }

  clear(): void {
    this.orders.length = 0;
  }
}
