import { describeTranslator, element } from 'passerelle/testing/kits';
import { personAlias } from './person-alias.ts';

const options = { element: 'alias' };

describeTranslator(personAlias, [
  {
    name: 'reads an alias as the nickname, and leaves what was read before',
    options,
    object: element('person', element('alias', ' Annie ')),
    before: { givenName: 'Ann' },
    fields: { givenName: 'Ann', nickname: 'Annie' },
  },
  {
    name: 'states no nickname for a person without an alias',
    options,
    object: element('person', element('name')),
    fields: {},
  },
  {
    name: 'refuses a person with two',
    options,
    object: element('person', element('alias', 'Annie'), element('alias', 'Nan')),
    refused: 'invalid_data',
  },
]);
