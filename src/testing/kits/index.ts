/** Conformance kits for plug-ins, in jest; built-ins pass the same. */
export { type AuthenticatorExamples, describeAuthenticator } from './describe-authenticator.ts';
export { describeHandler, type HandlerExample } from './describe-handler.ts';
export {
  describeOutboundAuthenticator,
  type OutboundExamples,
  sampleOutbound,
} from './describe-outbound-authenticator.ts';
export { describeTranslator, type TranslatorExample } from './describe-translator.ts';
export type { KitOptions } from './listed.ts';
export { element, sampleCommands, sampleMessage, sampleSource } from './samples.ts';
