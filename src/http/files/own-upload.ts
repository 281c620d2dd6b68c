import { z } from 'zod';
import { GatewayError } from '../../domain/problem.ts';
import type { WishedUpload } from '../../domain/upload.ts';
import type { Intake } from '../../pipeline/intake.ts';
import type { FileSender } from './sender.ts';

/** Throws GatewayError `not_found` for what is no upload of the source system of this sender. */
export async function ownUpload(
  intake: Intake,
  { organizationId, sourceSystemId }: FileSender,
  id: string,
): Promise<WishedUpload> {
  const upload = z.uuid().safeParse(id).success ? await intake.find(organizationId, id) : undefined;
  if (upload?.sourceSystemId === sourceSystemId) return upload;
  throw new GatewayError(
    'not_found',
    'There is no such upload: it never was, or it was removed because it did not end.',
  );
}
