import type { Outcome } from '../domain/outcome.ts';
import type { GatewayError } from '../domain/problem.ts';
import type { SoapAnswer, SoapEnvelope } from '../formats/soap/index.ts';
import type { ElementView, SourceSystem, Translation } from '../pipeline/ports.ts';

/** What is served at one address. */
export interface SoapEndpoint {
  readonly wsdl: string;
  readonly schema: string;
  /** The schemas that `schema` imports, by the names of their files. */
  readonly imports?: ReadonlyMap<string, string>;
  readonly dialect: SoapDialect;
}

/** A wire language spoken over SOAP, as far as the door needs it. */
export interface SoapDialect {
  readonly name: string;
  /** The namespaces of bodies that are this dialect's and nobody else's. */
  readonly namespaces: RegExp;
  /** True for a body whose operation stands in the description at this address. */
  describes(body: ElementView): boolean;
  /** How the journal calls what a body wishes (`replacePerson`), whether or not it can be translated. */
  operationOf(body: ElementView): string;
  /** What the body wishes, of a source system with these options. Throws GatewayError. */
  translate(body: ElementView, source: SourceSystem): SoapTranslation;
  /** True for the header blocks that the dialect has itself. */
  understands(block: ElementView): boolean;
  /** True for a document that is taken without an Envelope, as a file or a bare body; it is answered in SOAP 1.1. */
  takesBare?(root: ElementView): boolean;
  /**
   * The answer to the outcomes, one a record and in their order (none of a file without records), or to a refusal that is
   * about the record; undefined when it can only be said as a fault.
   */
  reply(request: SoapRequest, result: readonly Outcome[] | GatewayError): SoapAnswer | undefined;
}

export interface SoapTranslation extends Translation {
  /** What became of the records that could not be read, by their position in the message: the others go on. */
  readonly unreadable?: ReadonlyMap<number, Outcome>;
}

export interface SoapRequest {
  readonly envelope: SoapEnvelope;
  readonly messageId: string;
}
