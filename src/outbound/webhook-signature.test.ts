import { expect, test } from '@jest/globals';
import { webhookHeaders } from './webhook-signature.ts';

test('a webhook is signed as Standard Webhooks has it', () => {
  // The example that its libraries are tested with.
  const message = {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    body: '{"test": 2432232314}',
  };
  expect(webhookHeaders(message, new Date(1_614_265_330_999))).toEqual({
    'webhook-id': message.id,
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});
