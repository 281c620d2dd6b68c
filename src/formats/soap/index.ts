export { addBodyAttributes, addHeaderBlock } from './add-header-block.ts';
export {
  decodeEnvelope,
  notUnderstood,
  SoapRefusal,
  SoapVersionMismatch,
  type SoapEnvelope,
} from './decode-envelope.ts';
export { writeEnvelope } from './write-envelope.ts';
export { writeFault, type Fault, type SoapAnswer } from './write-fault.ts';
export { soapVersionOfContentType, soapVersions, type SoapVersion } from './versions.ts';
