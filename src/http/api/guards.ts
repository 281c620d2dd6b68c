import { z } from 'zod';
import {
  type GuardName,
  guardNames,
  type MessageGuardName,
  messageGuardNames,
  mostWindowMinutes,
} from '../../domain/guards.ts';
import { wireKinds } from '../../domain/entities.ts';

export const guardLimit = z
  .strictObject({
    percent: z.number().min(0).max(100).optional(),
    count: z.int().min(0).optional(),
    floor: z.int().min(0).optional().meta({ description: 'So many are always let through.' }),
  })
  .meta({ id: 'GuardLimit', description: 'Held is what is more than `floor`, and more than `count` or `percent`.' });

const limits = Object.fromEntries(guardNames.map((guard) => [guard, guardLimit.optional()])) as Record<
  GuardName,
  z.ZodOptional<typeof guardLimit>
>;

const messageLimits = Object.fromEntries(messageGuardNames.map((guard) => [guard, guardLimit.optional()])) as Record<
  MessageGuardName,
  z.ZodOptional<typeof guardLimit>
>;

const messages = z
  .strictObject({
    ...messageLimits,
    kinds: z.partialRecord(z.enum(wireKinds), z.strictObject(messageLimits)).optional().meta({
      description: 'Other limits for one kind; `{}` as a limit: none.',
    }),
    windowMinutes: z.int().min(1).max(mostWindowMinutes).optional().meta({
      description: 'Counted is what messages did within so many minutes. Default 60.',
    }),
  })
  .meta({
    id: 'MessageGuards',
    description:
      'Limits of what real-time messages do within a sliding window; what is over them is held. Only what is stated is limited.',
    example: { removals: { percent: 5, floor: 20 }, windowMinutes: 60 },
  });

/** When a plan is held instead of applied; what is absent is as by default. */
export const guards = z
  .strictObject({
    ...limits,
    kinds: z.partialRecord(z.enum(wireKinds), z.strictObject(limits)).optional().meta({
      description: 'Other limits for one kind.',
    }),
    shortFilePercent: z.number().min(0).max(100).optional().meta({
      description: 'A snapshot that names less than this of what the last one named has its removals held. Default 50.',
    }),
    holdDays: z.int().min(1).max(365).optional().meta({ description: 'Days after which a hold expires. Default 7.' }),
    messages: messages.optional(),
  })
  .meta({
    description:
      'When removals (all, or within one semester, department or role), changes of identifiers and changes of a plan are held until somebody decides.',
  });
