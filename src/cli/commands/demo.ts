import { Command, InvalidArgumentError } from 'commander';
import { findRunningGateway } from '../../app/running.ts';
import { type Environment, readConfig } from '../../config.ts';
import { createApi } from '../demo/api.ts';
import { createMistakes } from '../demo/mistakes.ts';
import { type Made, makeMistake, playAct, type Stage, type Tally } from '../demo/play.ts';
import { report } from '../demo/report.ts';
import { createScript } from '../demo/script.ts';
import { prepareStage } from '../demo/stage.ts';
import { createTerm, type Term, type TermSize } from '../demo/term.ts';
import { welcome } from '../first-start.ts';
import { table } from '../output.ts';
import { startProgress } from '../progress.ts';
import { createSender } from '../send/sender.ts';
import { quietLogs } from '../with-database.ts';
import { withState } from '../with-state.ts';

type Options = TermSize & { atOnce: number };

/** `passerelle demo`: plays a term into the gateway over SOAP and tells what came of it. */
export function demoCommand(environment: Environment): Command {
  return new Command('demo')
    .description('play a realistic term into the running gateway, or into one started for it, and show the result')
    .option('--people <number>', 'how many people', whole, 300)
    .option('--enrollments <number>', 'how many enrollments', whole, 2_000)
    .option('--at-once <number>', 'messages under way at once', whole, 16)
    .action(async (options: Options) => {
      const { config } = readConfig(environment);
      const running = await findRunningGateway(config.varFolder);
      if (running !== undefined) {
        console.log(`Playing into the gateway that runs on ${running.url} (process ${running.pid}).\n`);
        await play(environment, running.url, options);
        return;
      }
      console.log('No gateway runs on this data: starting one for the play.\n');
      // Mistakes are part of the play: their warnings would stand between its lines.
      const { createApp } = await import('../../app.ts');
      const app = await createApp(config, quietLogs(config, 'error'));
      try {
        if (app.account.is === 'created')
          console.log(`${welcome(app.url, app.account, app.key, config.databaseUrl)}\n`);
        await play(environment, app.url, options);
        console.log('\nThe gateway of the play stops now; "npm start" serves the same data.');
      } finally {
        await app.close();
      }
    });
}

async function play(environment: Environment, baseUrl: string, options: Options): Promise<void> {
  const began = new Date();
  const { cast, token } = await withState(environment, prepareStage);
  const sender = createSender({ connections: options.atOnce });
  let made: Made[];
  try {
    const stage = { baseUrl, cast, sender, atOnce: options.atOnce };
    const term = await createTerm(options);
    const sent = await playScript(stage, term);
    made = await playMistakes(stage, term);
    const seconds = (Date.now() - began.getTime()) / 1_000;
    console.log(`\n${sent} messages in ${seconds.toFixed(1)} s.\n`);
  } finally {
    await sender.close();
  }
  console.log(await report(createApi(baseUrl, token), began, made));
  console.log(`\nWhere to look next\n\n${nextSteps(baseUrl, token)}`);
}

async function playScript(stage: Stage, term: Term): Promise<number> {
  let sent = 0;
  for (const { title, steps } of createScript(term)) {
    const progress = startProgress(steps.length);
    const tally = await playAct(stage, { title, steps }, () => progress.step());
    progress.stop();
    console.log(`${String(steps.length).padStart(6)}  ${title}`);
    console.log(table(tallyRows(tally), '        '));
    sent += steps.length;
  }
  return sent;
}

async function playMistakes(stage: Stage, term: Term): Promise<Made[]> {
  const mistakes = createMistakes(term, { scheme: 'digest', ...stage.cast.registrar });
  console.log(`${String(mistakes.length).padStart(6)}  Mistakes, each answered in the sender's own language`);
  const made: Made[] = [];
  for (const mistake of mistakes) {
    const one = await makeMistake(stage, mistake);
    console.log(`        ${one.what}: ${one.code}\n            ${one.text}`);
    made.push(one);
  }
  return made;
}

function tallyRows(tally: Tally): string[][] {
  return [...tally].toSorted((a, b) => b[1] - a[1]).map(([code, count]) => [String(count).padStart(6), code]);
}

function nextSteps(baseUrl: string, token: string): string {
  const calls = [
    ['org-units?type=course_offering', 'the courses'],
    ['enrollments?orgUnitSourcedId=ENG-101-001.202640', 'who is in one section'],
    ['waiting', 'what waits, with what to do about it'],
    ['messages?result=failure', 'what was said wrong'],
    ['changes?limit=20', 'the feed that an LMS follows'],
  ];
  const lines = calls.map(([path, what]) => `# ${what}\ncurl -sS -H "$AUTH" '${baseUrl}/api/v1/${path}'`);
  return [
    `AUTH='Authorization: Bearer ${token}'`,
    ...lines,
    '',
    `The token is valid for a day. ${baseUrl}/docs describes the API; docs/guides tell the rest.`,
  ].join('\n');
}

function whole(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('write a whole number above 0.');
  return Number(text);
}
