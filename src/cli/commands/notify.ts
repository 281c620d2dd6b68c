import { Command, InvalidArgumentError, Option } from 'commander';
import type { Environment } from '../../config.ts';
import {
  mailLanguages,
  type Notice,
  noticeEvents,
  type NoticeState,
  noticeStates,
  type Subscription,
} from '../../domain/notices.ts';
import { readSubscription, settingsOf } from '../../http/api/routes/subscriptions.ts';
import { CommandError, print, type PrintOptions } from '../output.ts';
import { watchCommands } from '../notify/watch-commands.ts';
import { withNotices } from '../with-notices.ts';
import { commandEditor } from '../with-state.ts';

/** `passerelle notify`: who is told when runs end, when something is held, and when a source system falls silent. */
export function notifyCommand(environment: Environment): Command {
  const notify = new Command('notify').description(
    'set who is told of what by e-mail or webhook, test it, show what was told; watch for silent source systems',
  );
  const commands = [listCommand, setCommand, removeCommand, secretCommand, testCommand, noticesCommand, retryCommand];
  for (const make of commands) notify.addCommand(make(environment));
  for (const command of watchCommands(environment)) notify.addCommand(command);
  return notify;
}

function listCommand(environment: Environment): Command {
  return new Command('list')
    .description('list who is told of what')
    .argument('<org>')
    .option('--json', 'as JSON')
    .action(async (org: string, options: PrintOptions) => {
      const all = await withNotices(environment, org, ({ notices, organizationId }) =>
        notices.subscriptions.list(organizationId),
      );
      print(options, all, [['name', 'told', 'source system', 'events', ''], ...all.map(subscriptionRow)]);
    });
}

function subscriptionRow({ name, email, webhook, sourceSystem, events, enabled }: Subscription): string[] {
  return [name, email ?? webhook ?? '', sourceSystem ?? 'all', events.join(' '), enabled ? '' : 'off'];
}

type SetOptions = PrintOptions & {
  email?: string;
  webhook?: string;
  source?: string;
  event?: string[];
  language?: string;
  timeZone?: string;
  on?: true;
  off?: true;
};

function setCommand(environment: Environment): Command {
  return new Command('set')
    .description(
      'tell somebody; what is not named stays as it is, or has its default. A secret of a webhook is shown once',
    )
    .argument('<org>')
    .argument('<name>', 'of the subscription')
    .option('--email <address>', 'by e-mail')
    .option('--webhook <url>', 'by JSON, posted to an https address and signed')
    .option('--source <code>', 'of one source system; "" = of all')
    .addOption(new Option('--event <events...>', 'of these events; all unless they are named').choices(noticeEvents))
    .addOption(new Option('--language <language>', 'of e-mails').choices(mailLanguages))
    .option('--time-zone <name>', 'of times in e-mails, such as America/Toronto')
    .option('--off', 'tell nothing until --on')
    .option('--on')
    .option('--json', 'as JSON')
    .action(async (org: string, name: string, options: SetOptions) => {
      if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name))
        throw new CommandError('The name of a subscription has up to 64 letters, digits or . _ -');
      const set = await withNotices(environment, org, async ({ notices, organizationId, administration }) => {
        const before = (await notices.subscriptions.list(organizationId)).find((each) => each.name === name);
        const wish = readSubscription({ ...settingsBefore(before), ...changesOf(options) });
        const settings = await settingsOf(organizationId, wish, { administration });
        const editor = commandEditor({ id: organizationId });
        const made = await notices.subscriptions.put(editor, name, settings, before?.version ?? 0);
        return { ...(await notices.subscriptions.get(organizationId, name)), ...made };
      });
      const { sourceSystemId: _, ...shown } = set;
      print(options, shown, [
        [`${name} is set. Next: passerelle notify test ${org} ${name}`],
        ...(set.secret === undefined ? [] : [[`Its secret, shown this once: ${set.secret}`]]),
      ]);
    });
}

function settingsBefore(before: Subscription | undefined): object {
  if (before === undefined) return {};
  const { name: _, version: _version, sourceSystemId: _id, ...settings } = before;
  return settings;
}

/** Who is told otherwise is told no more as before. */
function changesOf({ email, webhook, source, event, language, timeZone, on, off }: SetOptions): object {
  const named = {
    email: email ?? (webhook === undefined ? undefined : null),
    webhook: webhook ?? (email === undefined ? undefined : null),
    sourceSystem: source === '' ? null : source,
    events: event,
    language,
    timeZone,
    enabled: off === true ? false : on,
  };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
}

function named(command: Command): Command {
  return command.argument('<org>').argument('<name>', 'of the subscription').option('--json', 'as JSON');
}

function removeCommand(environment: Environment): Command {
  return named(new Command('remove').description('tell somebody no more')).action(
    async (org: string, name: string, options: PrintOptions) => {
      await withNotices(environment, org, ({ notices, organizationId }) =>
        notices.subscriptions.remove(organizationId, name),
      );
      print(options, { removed: name }, [[`${name} is removed.`]]);
    },
  );
}

function secretCommand(environment: Environment): Command {
  return named(
    new Command('secret').description('make another secret for a webhook; the former one signs nothing any more'),
  ).action(async (org: string, name: string, options: PrintOptions) => {
    const secret = await withNotices(environment, org, ({ notices, organizationId }) =>
      notices.subscriptions.renewSecret(commandEditor({ id: organizationId }), name),
    );
    print(options, { secret }, [[`Its secret, shown this once: ${secret}`]]);
  });
}

function testCommand(environment: Environment): Command {
  return named(new Command('test').description('send a test notification, and say what is wrong with it')).action(
    async (org: string, name: string, options: PrintOptions) => {
      const problem = await withNotices(environment, org, async ({ notices, organizationId }) => {
        const { recipient, facts } = await notices.subscriptions.recipientOf(organizationId, name);
        return notices.test(recipient, facts);
      });
      const sent = problem === undefined;
      print(options, { sent, problem: problem ?? null }, [
        sent ? ['It was sent.'] : ['FAILED', problem.code, problem.message],
      ]);
      if (!sent) process.exitCode = 1;
    },
  );
}

type NoticesOptions = PrintOptions & { state?: NoticeState; subscription?: string; limit: number };

function noticesCommand(environment: Environment): Command {
  return new Command('notices')
    .description('list what was told, and what could not be; the latest first')
    .argument('<org>')
    .addOption(new Option('--state <state>').choices(noticeStates))
    .option('--subscription <name>')
    .option('--limit <number>', 'the most notices', limit, 50)
    .option('--json', 'as JSON')
    .action(async (org: string, { state, subscription, ...options }: NoticesOptions) => {
      const filter = {
        ...(state === undefined ? {} : { state }),
        ...(subscription === undefined ? {} : { subscription }),
      };
      const { items } = await withNotices(environment, org, ({ notices, organizationId }) =>
        notices.notices.list(organizationId, filter, { limit: options.limit }),
      );
      const heads = ['id', 'at', 'event', 'source system', 'subscription', 'state', 'attempts', 'problem'];
      print(options, items, [heads, ...items.map(noticeRow)]);
    });
}

function noticeRow({ id, at, event, sourceSystem, subscription, state, attempts, problem }: Notice): string[] {
  const failed = state === 'sent' ? '' : (problem?.message ?? '');
  return [id, at.toISOString(), event, sourceSystem, subscription, state, String(attempts), failed];
}

function retryCommand(environment: Environment): Command {
  return new Command('retry')
    .description('deliver a notice that was given up')
    .argument('<org>')
    .argument('<id>', 'of the notice')
    .option('--json', 'as JSON')
    .action(async (org: string, id: string, options: PrintOptions) => {
      await withNotices(environment, org, ({ notices, organizationId }) => notices.notices.retry(organizationId, id));
      print(options, { retried: id }, [['It is delivered by the gateway within seconds, if it runs.']]);
    });
}

function limit(text: string): number {
  if (!/^[1-9]\d{0,2}$|^1000$/.test(text)) throw new InvalidArgumentError('write a whole number up to 1000.');
  return Number(text);
}
