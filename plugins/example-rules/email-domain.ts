import { defineHandler, wish } from 'passerelle';
import { z } from 'zod';

export const emailDomain = defineHandler<{ domain: string }>({
  name: 'email-domain',
  summary: 'User names become addresses of our domain where no e-mail is stated.',
  points: ['handle.user.replace'],
  stage: 'rule',
  options: z.strictObject({ domain: z.string().min(3) }),
  make: ({ domain }) => ({
    handle(batch) {
      for (const item of batch) {
        const { command } = item;
        if (command.verb !== 'replace' || command.entity !== 'user') continue;
        const { userName, email } = command.fields;
        if (typeof userName !== 'string' || email !== undefined) continue;
        const fields = { ...command.fields, email: `${userName}@${domain}` };
        // Set once: the LMS may correct it.
        item.command = wish({ ...command, fields }, { keep: ['email'] });
      }
    },
  }),
});
