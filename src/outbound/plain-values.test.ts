import { expect, test } from '@jest/globals';
import { parseXml } from '../formats/xml/index.ts';
import type { ServiceContract } from '../formats/wsdl/index.ts';
import { sequence } from '../formats/wsdl/index.ts';
import { plainValues } from './plain-values.ts';

const service: ServiceContract = {
  name: 'S',
  namespace: 'urn:s',
  soapAction: 'urn:s/',
  managers: [],
  types: { Set: sequence('item:Item*'), Item: sequence('tag:string* name:string?') },
  enumerations: {},
  simpleTypes: {},
  unsupportedOperation: 'unsupported',
  documentation: '',
};
const read = (xml: string) => plainValues(parseXml(Buffer.from(xml)), service, sequence('set:Set? note:string?'));

test('what may come more than once is a list, however often it came', () => {
  expect(read('<r><set><item><tag>a</tag><name> n </name></item></set><note>x</note></r>')).toEqual({
    set: { item: [{ tag: ['a'], name: 'n' }] },
    note: 'x',
  });
  expect(read('<r><more>1</more><more>2</more></r>')).toEqual({ more: ['1', '2'] });
});

test('what is nil is null, what is empty is empty, whatever the prefixes', () => {
  const xsi = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance"';
  expect(read(`<p:r xmlns:p="urn:s" ${xsi}><p:note i:nil="true"/><set/></p:r>`)).toEqual({ note: null, set: {} });
  expect(read('<r/>')).toEqual({});
});

test('names of the language itself are names as any other', () => {
  const said = read('<r><__proto__><polluted>yes</polluted></__proto__><constructor>x</constructor></r>');
  expect(Object.keys(said as object)).toEqual(['__proto__', 'constructor']);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  expect(Object.getPrototypeOf(said)).toBe(Object.prototype);
});
