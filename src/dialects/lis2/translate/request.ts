import type { ImsRequest, Meaning } from '../../../formats/ims/index.ts';
import type { TranslatorFunction } from '../../../pipeline/plugins/index.ts';
import type { LisEntity } from './entities.ts';

/** A request whose operation is known. */
export interface LisRequest extends ImsRequest {
  /** The steps that read a record; absent: all that there are. */
  readonly stepsOf?: StepsOf;
}

/** The steps of a kind of object, in the order that was chosen. */
export type StepsOf = (entity: LisEntity) => readonly { readonly made: TranslatorFunction }[];

/** What a request of one operation wishes. Throws GatewayError for what is wrong with it. */
export type LisMeaning = Meaning<LisRequest>;
