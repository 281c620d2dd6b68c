import { soapVersions } from '../../formats/soap/index.ts';
import { services } from '../../dialects/lis2/index.ts';
import { type Answer, readAnswer } from '../send/read-answer.ts';
import type { SendCredentials } from '../send/security-header.ts';
import type { Outgoing, Sender } from '../send/sender.ts';
import { envelopeOf, type LisRequest } from './lis-messages.ts';
import { type Mistake, oneDigest } from './mistakes.ts';
import { pathOf } from './paths.ts';
import type { Act, Step } from './script.ts';

export type Cast = Readonly<Record<Step['from'], Omit<SendCredentials, 'scheme'>>>;

/** How an act went: how many of its messages were answered with which code. */
export type Tally = Map<string, number>;

export type Stage = {
  readonly baseUrl: string;
  readonly cast: Cast;
  readonly sender: Sender;
  /** Messages under way at once. */
  readonly atOnce: number;
};

/** Sends the messages of an act, several at once, and counts the answers. `onAnswer` hears of each. */
export async function playAct(stage: Stage, act: Act, onAnswer: () => void): Promise<Tally> {
  const tally: Tally = new Map();
  const waiting = act.steps.values();
  const sendRest = async (): Promise<void> => {
    for (const step of waiting) {
      const { code } = await sendStep(stage, step);
      tally.set(code, (tally.get(code) ?? 0) + 1);
      onAnswer();
    }
  };
  await Promise.all(Array.from({ length: stage.atOnce }, sendRest));
  return tally;
}

async function sendStep({ baseUrl, cast, sender }: Stage, step: Step): Promise<Answer> {
  const credentials = { ...cast[step.from], scheme: step.scheme };
  const body = Buffer.from(envelopeOf(step.request, step.version));
  const contentType = soapVersions[step.version].contentType;
  return readAnswer(await sender.send({ ...addressOf(baseUrl, step.request), contentType, body, credentials }));
}

/** A mistake and what was said to it. */
export type Made = Answer & { readonly what: string; readonly messageId: string | undefined };

/** Makes a mistake and returns what is said to it. */
export async function makeMistake({ baseUrl, sender }: Stage, mistake: Mistake): Promise<Made> {
  const message: Outgoing = {
    ...addressOf(baseUrl, mistake.request),
    contentType: soapVersions['1.1'].contentType,
    body: Buffer.from(mistake.envelope ?? envelopeOf(mistake.request, '1.1')),
    ...(mistake.credentials === undefined ? {} : { credentials: mistake.credentials }),
    ...(mistake.replayed ? { digestOf: oneDigest() } : {}),
  };
  if (mistake.replayed) await sender.send(message);
  const incoming = await sender.send(message);
  return { ...readAnswer(incoming), what: mistake.what, messageId: incoming.messageId };
}

function addressOf(baseUrl: string, { service, operation }: LisRequest): { url: string; soapAction: string } {
  return { url: baseUrl + pathOf(operation), soapAction: services[service].soapAction + operation };
}
