import { Cron } from 'croner';
import { GatewayError } from '../../domain/problem.ts';

/**
 * When a schedule is due next after an instant; null = never.
 *
 * @param schedule five fields of cron: minute, hour, day of the month, month, day of the week
 * @throws GatewayError `invalid_request` for what is no schedule, or no time zone
 */
export function nextOf(schedule: string, timeZone: string, after: Date): Date | null {
  if (schedule.trim().split(/\s+/).length !== 5) {
    throw new GatewayError(
      'invalid_request',
      'A schedule has five fields: minute, hour, day of the month, month, day of the week, as in "30 2 * * *".',
      { field: 'schedule' },
    );
  }
  try {
    return new Cron(schedule, { timezone: timeZone, paused: true }).nextRun(after);
  } catch (cause) {
    const reason = (cause as Error).message.replace(/\.$/, '');
    throw new GatewayError('invalid_request', `The schedule cannot be read: ${reason}.`, {
      field: 'schedule',
      cause,
    });
  }
}
