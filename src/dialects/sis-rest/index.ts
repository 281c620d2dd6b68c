import { calls } from './calls.ts';
import { replayOf } from './journaled.ts';
import { locationOf, nextOf, weave } from './reply.ts';
import { dialectName, messagesPath, operationOf } from './rest-translation.ts';
import { translateRest } from './translate.ts';

/** The JSON dialect of the REST door for source systems: what its calls are, what they wish, and how outcomes are said. */
export const sisRest = {
  name: dialectName,
  calls,
  operationOf,
  translate: translateRest,
  weave,
  replayOf,
  locationOf,
  nextOf,
  many: messagesPath,
};
