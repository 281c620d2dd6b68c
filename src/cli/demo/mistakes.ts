import { randomBytes } from 'node:crypto';
import type { SendCredentials } from '../send/security-header.ts';
import {
  deleteMembership,
  envelopeOf,
  type LisRequest,
  readResultIdsForPerson,
  replaceMembership,
  replaceOffering,
  replaceSection,
} from './lis-messages.ts';
import type { Term } from './term.ts';

/** A message that no careful sender sends, and what it shows. */
export type Mistake = {
  readonly what: string;
  readonly request: LisRequest;
  /** Instead of the whole envelope. */
  readonly envelope?: string;
  readonly credentials: SendCredentials | undefined;
  /** Sent twice with one nonce. */
  readonly replayed?: true;
};

/** Each is answered in the sender's own language, is logged, and writes nothing. */
export function createMistakes(term: Term, credentials: SendCredentials): Mistake[] {
  const [offering, section, person, enrollment] = [
    term.offerings[0],
    term.sections[0],
    term.people[0],
    term.enrollments[0],
  ];
  if (offering === undefined || section === undefined || person === undefined || enrollment === undefined) return [];
  const digest = { ...credentials, scheme: 'digest' } as const;
  const usual = { credentials: digest, request: replaceMembership(enrollment) };
  const envelope = envelopeOf(usual.request, '1.1');
  const basic = { ...credentials, scheme: 'basic' } as const;
  return [
    {
      ...usual,
      what: 'an offering without a title',
      request: replaceOffering({ ...offering, id: 'NO-TITLE.202640' }, ''),
    },
    {
      ...usual,
      what: 'a section that begins on 31 September',
      request: replaceSection({ ...section, id: 'ODD-DATE.202640' }, { begin: '2026-09-31T00:00:00Z' }),
    },
    {
      ...usual,
      what: 'an enrollment of nobody',
      request: replaceMembership({ ...enrollment, id: 'NOBODY', person: '' }),
    },
    { ...usual, what: 'a drop of what was never enrolled', request: deleteMembership('NEVER-THERE') },
    { ...usual, what: 'an operation that is not offered', request: readResultIdsForPerson(person) },
    { ...usual, what: 'a wrong password', credentials: { ...digest, password: 'guess' } },
    { ...usual, what: 'no credentials at all', credentials: undefined },
    { ...usual, what: 'the same digest sent again', replayed: true },
    {
      ...usual,
      what: 'a message cut off halfway',
      credentials: basic,
      envelope: envelope.slice(0, envelope.length / 2),
    },
    {
      ...usual,
      what: 'a message with a DTD',
      credentials: basic,
      envelope: envelope.replace('?>', '?><!DOCTYPE x [<!ENTITY e "x">]>'),
    },
  ];
}

/** One nonce and time for both copies of a replayed message. */
export function oneDigest(): { at: Date; nonce: Buffer } {
  return { at: new Date(), nonce: randomBytes(16) };
}
