import { describeTranslator, element, type TranslatorExample } from '../../testing/kits/index.ts';
import { lisSteps } from './index.ts';

const text = (name: string, value: string) => element(name, element('textString', value));

const examples: Readonly<Record<string, readonly TranslatorExample[]>> = {
  'lis2-course-section-title': [
    {
      name: 'reads the title',
      object: element('courseSection', text('title', 'Algebra')),
      fields: { name: 'Algebra' },
    },
    { name: 'demands a title', object: element('courseSection'), refused: 'incomplete_data' },
  ],
  'lis2-course-offering-status': [
    {
      name: 'reads the status',
      object: element('courseOffering', text('status', 'Inactive')),
      fields: { active: false },
    },
    {
      name: 'overlooks a status that it does not know',
      object: element('courseOffering', text('status', 'Sleeping')),
      fields: {},
      noted: 'invalid_data',
    },
  ],
  'lis2-membership-person': [
    {
      name: 'refuses several members',
      object: element('membership', element('member'), element('member')),
      refused: 'invalid_data',
    },
  ],
};

for (const step of lisSteps.translators ?? []) describeTranslator(step, examples[step.name]);
