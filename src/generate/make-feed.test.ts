import { expect, test } from '@jest/globals';
import { faults } from './faults/index.ts';
import { csvForms } from './excel.ts';
import { formats } from './formats/index.ts';
import { makeFeed } from './make-feed.ts';

/** What has to see the whole feed first, to tell what is in it: it is made twice then, and kept neither time. */
const counting = ['truncated', 'missing-parents'];

test.each(formats.map((format) => [format.name, format] as const))(
  'a feed of a hundred million enrollments in %s begins at once: nothing of it is kept',
  (_, format) => {
    const wanted = faults.filter(
      ({ name, only }) => (only ?? format.syntax) === format.syntax && !counting.includes(name),
    );
    for (const csv of csvForms) {
      const { files } = makeFeed({ seed: 1, students: 10_000_000, day: 2, format, faults: wanted, csv });
      for (const file of files) {
        let pieces = 0;
        for (const { text } of file.pieces()) {
          expect(text.length).toBeLessThan(10_000);
          if (++pieces === 20) break;
        }
      }
    }
  },
);
