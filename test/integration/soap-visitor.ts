import { expect } from '@jest/globals';
import type { ApiWorld, Tenant } from './api-set-up.ts';

/** A SIS that sends SOAP messages as one source system, and looks at what the LMS sees. */
export interface Visitor {
  /** Posts a document as it is; the status of HTTP must be 200. */
  post(path: string, document: string | Buffer): Promise<string>;
  /** Posts a body in an envelope. */
  send(path: string, body: string, header?: string): Promise<string>;
  /** `course_section S-1 active`, of all org units that are linked to this id. */
  units(sourcedId: string): Promise<Record<string, unknown>[]>;
  users(sourcedId: string): Promise<Record<string, unknown>[]>;
  /** `code role`, of what is not ended. */
  enrollments(userSourcedId: string): Promise<string[]>;
}

export async function visitorOf(world: ApiWorld, tenant: Tenant): Promise<Visitor> {
  const userName = `soap-of-${tenant.code}`;
  const { secret } = (await tenant.admin.post('/api/v1/source-systems/sis/credentials', { userName })).body;
  const headers = {
    authorization: `Basic ${btoa(`${userName}:${secret}`)}`,
    'content-type': 'text/xml; charset=utf-8',
  };
  const post: Visitor['post'] = async (path, document) => {
    const response = await fetch(world.url + path, { method: 'POST', headers, body: document });
    const text = await response.text();
    expect(`${String(response.status)} ${text}`).toMatch(/^200 /);
    return text;
  };
  const items = async (path: string): Promise<Record<string, unknown>[]> => (await tenant.admin.get(path)).body.items;
  return {
    post,
    send: (path, body, header = '') =>
      post(
        path,
        `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header>${header}</s:Header><s:Body>${body}</s:Body></s:Envelope>`,
      ),
    units: (sourcedId) => items(`/api/v1/org-units?state=all&sourcedId=${encodeURIComponent(sourcedId)}`),
    users: (sourcedId) => items(`/api/v1/users?state=all&sourcedId=${encodeURIComponent(sourcedId)}`),
    async enrollments(userSourcedId) {
      const found = await items(`/api/v1/enrollments?userSourcedId=${encodeURIComponent(userSourcedId)}`);
      return found.map(({ orgUnit, role }) => `${(orgUnit as { code: string }).code} ${String(role)}`).sort();
    },
  };
}

/** `success / status / fullsuccess`, of a reply with or without the prefix `imsx_`. */
export function statusOf(reply: string): string {
  const all = (name: string): string[] =>
    [...reply.matchAll(new RegExp(`<(?:imsx_)?${name}>([^<]*)<`, 'g'))].map(([, value = '']) => value);
  const minors = [...all('codeMinorFieldValue'), ...all('codeMinorValue')];
  return all('codeMajor')
    .map((major, index) => [major, all('severity')[index], minors[index]].join(' / '))
    .join(', ');
}
