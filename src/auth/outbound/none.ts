import type { OutboundAuthenticator } from '../../pipeline/outbound.ts';

/** For an endpoint that knows the gateway by its address, or does not care. */
export const none: OutboundAuthenticator = {
  name: 'none',
  summary: 'Sends the message as it is.',
  needs: [],
  exposesSecret: false,
  soapOnly: false,
  authenticate: () => undefined,
};
