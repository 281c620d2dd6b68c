import { describe, expect, it } from '@jest/globals';
import { isMeant } from '../translate/translate.ts';
import { findOperation, operationName, services } from './services.ts';

const all = Object.values(services);

describe('the contract tables', () => {
  it.each(all.map((service) => [service.code, service] as const))(
    '%s names no type that it does not define',
    (_, service) => {
      const operations = service.managers.flatMap((manager) => manager.operations);
      const fields = [
        ...Object.values(service.types).flat(),
        ...operations.flatMap(({ request, response }) => [...request, ...response]),
      ];
      const known = [service.types, service.enumerations, service.simpleTypes].flatMap(Object.keys);
      const own = fields
        .map(({ type }) => type)
        .filter((type) => !/^[a-z][A-Za-z]+$/.test(type) || type.startsWith('imsx'));
      expect(own.filter((type) => !known.includes(type))).toEqual([]);
    },
  );

  it('have operations whose names are unique over all services, because a message is dispatched by that name alone', () => {
    const names = all.flatMap(({ managers }) =>
      managers.flatMap(({ operations }) => operations.map(({ name }) => name)),
    );
    expect(names).toHaveLength(new Set(names).size);
    expect(names).toHaveLength(13 + 15 + 15 + 13 + 16 + 14 + 14 + 16 + 18 + 14 + 6);
  });

  it('mark as supported what is translated: all of persons, groups, memberships and courses, and what a SIS says of bulk exchanges', () => {
    for (const { code, managers } of all) {
      for (const { name, supported, documentation } of managers.flatMap(({ operations }) => operations)) {
        expect({ name, supported }).toEqual({ name, supported: isMeant(name) });
        const said = code === 'bdems' && name.startsWith('announce');
        expect({ name, supported }).toEqual({ name, supported: said || ['pms', 'gms', 'mms', 'cms'].includes(code) });
        expect(documentation).not.toBe('');
      }
    }
  });

  it('spell "operation not supported" as each service lists it', () => {
    for (const { enumerations, unsupportedOperation } of all) {
      expect(enumerations.imsx_CodeMinorValue).toContain(unsupportedOperation);
    }
  });

  it('find an operation by the name of the body element', () => {
    expect(findOperation('replaceMembershipRequest')?.service.code).toBe('mms');
    expect(findOperation('replaceMembership')?.operation.supported).toBe(true);
    expect(findOperation('replacemembership')).toBeUndefined();
    expect(operationName('somethingElse')).toBe('somethingElse');
  });
});
