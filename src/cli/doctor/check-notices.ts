import type pg from 'pg';
import type { Config } from '../../config.ts';
import { readNoticeFacts } from '../../state/doctor/notice-facts.ts';
import { type Finding, ok, warning } from './finding.ts';

const days = 7;

/** Who says nothing, and what was told to nobody. */
export async function checkNotices(
  pool: pg.Pool,
  id: number,
  code: string,
  { smtpUrl }: Pick<Config, 'smtpUrl'>,
): Promise<Finding[]> {
  const { silent, givenUp, byMail } = await readNoticeFacts(pool, id, days);
  const findings = silent.map(({ sourceSystem, since }) =>
    warning(
      `${code}: silence`,
      `${sourceSystem} has been silent since ${since.toISOString()}, for longer than its calendar allows`,
      `Ask whoever runs the SIS; passerelle notify watch ${code} ${sourceSystem} shows the calendar.`,
    ),
  );
  if (givenUp > 0)
    findings.push(
      warning(
        `${code}: notifications`,
        `${String(givenUp)} were given up within the last ${String(days)} days`,
        `passerelle notify notices ${code} --state given_up says why; passerelle notify test shows whether it works now.`,
      ),
    );
  if (byMail > 0 && smtpUrl === undefined)
    findings.push(
      warning(
        `${code}: notifications`,
        `${String(byMail)} are to go by e-mail, and no mail server is set up`,
        'Set PASSERELLE_SMTP_URL and PASSERELLE_MAIL_FROM.',
      ),
    );
  return findings.length > 0 ? findings : [ok(`${code}: notifications`, 'all were delivered, and nobody is silent')];
}
