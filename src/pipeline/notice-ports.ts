import type { Problem } from '../domain/problem.ts';

/** What came of a delivery. `forGood`: trying again is of no use. */
export type Delivered =
  { readonly is: 'sent' } | { readonly is: 'failed'; readonly problem: Problem; readonly forGood: boolean };

/** A signed JSON message for the address of a webhook. */
export interface WebhookMessage {
  /** The same whenever it is sent again. */
  readonly id: string;
  readonly address: string;
  /** `whsec_` and base64. */
  readonly secret: string;
  readonly body: string;
}

/** Posts webhooks once, under the rules for addresses of all outbound calls. What the other side is to blame for is a value. */
export interface WebhookPoster {
  post(message: WebhookMessage): Promise<Delivered>;
}

/** An e-mail to one address, which was checked before. */
export interface Mail {
  /** The same whenever it is sent again. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly language: string;
}

/** Hands e-mails to the operator's mail server, once. */
export interface MailSender {
  send(mail: Mail): Promise<Delivered>;
}
