import { describeHandler } from 'passerelle/testing/kits';
import { emailDomain } from './email-domain.ts';

const options = { domain: 'uni.example' };
const person = { verb: 'replace', entity: 'user', kind: 'person', sourcedId: 'P1' } as const;

describeHandler(emailDomain, [
  {
    name: 'makes an address of a user name, once',
    options,
    command: { ...person, fields: { userName: 'ann' } },
    becomes: { fields: { userName: 'ann', email: 'ann@uni.example' }, wishes: { keep: ['email'] } },
  },
  {
    name: 'leaves an address that is stated',
    options,
    command: { ...person, fields: { userName: 'ann', email: 'ann@elsewhere.example' } },
  },
]);
