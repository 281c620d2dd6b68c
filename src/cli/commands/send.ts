import { Command, InvalidArgumentError, Option } from 'commander';
import type { Environment } from '../../config.ts';
import { settings } from '../../settings.ts';
import { CommandError } from '../output.ts';
import { readNamedFile } from '../read-named.ts';
import { findMessages, type MessageFile } from '../send/find-messages.ts';
import { type Answer, readAnswer } from '../send/read-answer.ts';
import type { SendCredentials } from '../send/security-header.ts';
import { createSender, type Sender } from '../send/sender.ts';
import { startProgress } from '../progress.ts';

type Options = {
  to: string;
  user?: string;
  auth: SendCredentials['scheme'] | 'none';
  soapAction?: string;
  ca?: string;
  atOnce: number;
  quiet?: true;
};

/** `passerelle send FILE...`: sends messages as a SIS would and prints what was said to each. */
export function sendCommand(environment: Environment): Command {
  return new Command('send')
    .description('send messages as a student information system would, and print what is said to each')
    .argument(
      '<files...>',
      'messages of any dialect (.xml) or of the REST door (.json), or folders of them, sent in the order of their names',
    )
    .requiredOption(
      '--to <url>',
      "the address to send to; a gateway's own (http://localhost:8080) is completed for each message by its dialect",
    )
    .option('--user <name>', 'the user name; its password is read from PASSERELLE_SEND_PASSWORD')
    .addOption(
      new Option(
        '--auth <how>',
        'WS-Security with a digest or the password as text, HTTP Basic, or nothing; what is no SOAP envelope goes with HTTP Basic',
      )
        .choices(['digest', 'text', 'basic', 'none'])
        .default('basic'),
    )
    .option('--soap-action <uri>', 'the SOAPAction header')
    .option('--ca <file>', 'a PEM file with the certificate authority to trust')
    .option('--at-once <number>', 'messages under way at once; more than 1 gives up their order', positive, 1)
    .option('--quiet', 'print only what did not succeed')
    .action(async (paths: string[], options: Options) => {
      const messages = await findMessages(paths);
      if (messages.length === 0) throw new CommandError(`There is no .xml or .json file in ${paths.join(', ')}.`);
      const sender = createSender({
        connections: options.atOnce,
        ...(options.ca === undefined ? {} : { ca: await readNamedFile(options.ca) }),
      });
      const counts = await sendAll(messages, sender, options, credentialsOf(options, environment)).finally(() =>
        sender.close(),
      );
      console.log(summary(counts));
      if (counts.failure + counts.refused + counts.unanswered + counts.unsent > 0) process.exitCode = 1;
    });
}

const verdictWords: Record<keyof Counts, string> = {
  success: 'succeeded',
  warning: 'succeeded with a warning',
  failure: 'failed',
  refused: 'refused',
  unanswered: 'without an answer',
  unsent: 'not sent',
};

function summary(counts: Counts): string {
  const verdicts = (Object.keys(counts) as (keyof Counts)[]).filter((verdict) => counts[verdict] > 0);
  return verdicts.map((verdict) => `${counts[verdict]} ${verdictWords[verdict]}`).join(', ');
}

type Counts = Record<Answer['verdict'] | 'unanswered' | 'unsent', number>;

async function sendAll(
  messages: readonly MessageFile[],
  sender: Sender,
  options: Options,
  credentials: SendCredentials | undefined,
): Promise<Counts> {
  const counts: Counts = { success: 0, warning: 0, failure: 0, refused: 0, unanswered: 0, unsent: 0 };
  const progress = startProgress(options.quiet ? messages.length : 0);
  const rest = messages.values();
  const sendRest = async (): Promise<void> => {
    for (const message of rest) {
      const answer = await sendOne(message, sender, options, credentials);
      counts[answer.verdict] += 1;
      progress.step();
      if (!options.quiet || !['success', 'warning'].includes(answer.verdict)) console.log(lineOf(message, answer));
    }
  };
  await Promise.all(Array.from({ length: options.atOnce }, sendRest));
  progress.stop();
  return counts;
}

type Spoken = Omit<Answer, 'verdict'> & { verdict: keyof Counts };

async function sendOne(
  message: MessageFile,
  sender: Sender,
  { to, soapAction }: Options,
  credentials: SendCredentials | undefined,
): Promise<Spoken> {
  try {
    const address = { url: message.completeUrl(to), soapAction: soapAction ?? message.soapAction };
    const incoming = await sender.send({
      url: address.url,
      contentType: message.contentType,
      body: message.body,
      ...(address.soapAction === undefined ? {} : { soapAction: address.soapAction }),
      ...(credentials === undefined ? {} : { credentials: fitting(credentials, message) }),
    });
    return readAnswer(incoming);
  } catch (error) {
    if (error instanceof CommandError) return { verdict: 'unsent', code: 'no address', text: error.message };
    return { verdict: 'unanswered', code: codeOf(error), text: (error as Error).message };
  }
}

/** WS-Security stands in the header of an envelope. */
function fitting(credentials: SendCredentials, { isEnvelope }: MessageFile): SendCredentials {
  return isEnvelope ? credentials : { ...credentials, scheme: 'basic' };
}

function lineOf({ name }: MessageFile, { verdict, code, text }: Spoken): string {
  return `${verdict.padEnd(10)} ${name}  ${code}${text === '' ? '' : `: ${text}`}`;
}

function codeOf(error: unknown): string {
  if (error instanceof CommandError) return 'not sent';
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : 'no answer';
}

function credentialsOf({ user, auth }: Options, environment: Environment): SendCredentials | undefined {
  if (user === undefined || auth === 'none') return undefined;
  const password = environment[settings.sendPassword.name];
  if (password === undefined) throw new CommandError(`Set ${settings.sendPassword.name} to the password of ${user}.`);
  return { scheme: auth, userName: user, password };
}

function positive(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('write a number from 1 to 9999.');
  return Number(text);
}
