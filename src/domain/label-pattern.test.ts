import { describe, expect, it } from '@jest/globals';
import { parseLabelPattern, takeLabelApart } from './label-pattern.ts';

const apart = (pattern: string, label: string) => {
  const found = takeLabelApart(parseLabelPattern(pattern)!, label);
  return found && Object.fromEntries(found);
};

describe('a label pattern', () => {
  it('names the parts of a label', () => {
    expect(apart('{term} {subject}-{number}-{section}', '202710 HIS-210-A1')).toEqual({
      term: '202710',
      subject: 'HIS',
      number: '210',
      section: 'A1',
    });
    expect(apart('{term} {code}', '202710 HIS-210-A1')).toEqual({ term: '202710', code: 'HIS-210-A1' });
    expect(apart('[{code}] {title}', '[X.1] Waves [new]')).toEqual({ code: 'X.1', title: 'Waves [new]' });
    expect(apart('{title} ({code})', 'Waves (new) (X.1)')).toEqual({ title: 'Waves', code: 'new) (X.1' });
    expect(apart('{title} ({code})', 'Waves (X.1)')).toEqual({ title: 'Waves', code: 'X.1' });
  });

  it.each([
    ['{term} {code}', 'HIS-210'],
    ['{term}-{code}', '-HIS'],
    ['{term}-{code}', 'HIS-'],
    ['({code})', '(HIS'],
    ['({code})', '()'],
    ['a{code}a', 'a'],
    ['{a}.{b}!', '.!'],
  ])('%s does not take %s apart', (pattern, label) => {
    expect(apart(pattern, label)).toBeUndefined();
  });

  it.each(['', 'code', '{}', '{1}', '{a}{b}', '{a}-{a}', '{a', 'a}', '{a}-{', `{a}${'-'.repeat(200)}`])(
    '%p is none',
    (text) => {
      expect(parseLabelPattern(text)).toBeUndefined();
    },
  );

  it('reads a hostile label in one pass', () => {
    const started = performance.now();
    expect(apart('{a}-{b}-{c}-{d}!', '-'.repeat(1_000_000))).toBeUndefined();
    expect(performance.now() - started).toBeLessThan(200);
  });
});
