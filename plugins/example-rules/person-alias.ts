import { defineTranslator, GatewayError } from 'passerelle';
import { z } from 'zod';

/** The nickname that one SIS sends as an element of its own. */
export const personAlias = defineTranslator<{ element: string }>({
  name: 'person-alias',
  summary: 'Reads an element of its own, such as `alias`, as the nickname.',
  points: ['translate.lis2.person'],
  stage: 'rule',
  options: z.strictObject({ element: z.string().min(1) }),
  make:
    ({ element }) =>
    (record, fields) => {
      const found = record.object.children.filter(({ name }) => name === element);
      if (found.length > 1)
        throw new GatewayError('invalid_data', `A person has one ${element}.`, { at: `${record.at}/${element}` });
      const text = found[0]?.text.trim();
      if (text !== undefined && text !== '') fields.nickname = text;
    },
});
