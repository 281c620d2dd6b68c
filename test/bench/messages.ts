import { createHash, randomBytes } from 'node:crypto';
import { world } from './world.ts';

/** Who signs the messages, and the shares of what they say. */
export type MessagePlan = { readonly userName: string; readonly password: string; readonly mix: Mix };

/** In percent; together 100. */
export type Mix = {
  /** A person joins a section. */
  readonly new: number;
  /** The same membership once more. */
  readonly repeated: number;
  /** A student becomes a teacher, or back. */
  readonly role: number;
  /** A membership ends, or revives. */
  readonly status: number;
};

export const termMix: Mix = { new: 70, repeated: 10, role: 12, status: 8 };

type Membership = { readonly person: number; readonly section: number; teaches: boolean; active: boolean };

/** Writes the next messages of an endless term: what one round made is what a later one changes. */
export function createMessages() {
  const made: Membership[] = [];

  function next({ userName, password, mix }: MessagePlan, count: number): Buffer[] {
    return Array.from({ length: count }, () => write(choose(mix), userName, password));
  }

  function choose(mix: Mix): Membership {
    const draw = Math.random() * 100;
    const known = made[Math.floor(Math.random() * made.length)];
    if (known === undefined || draw < mix.new) return join();
    if (draw < mix.new + mix.role) known.teaches = !known.teaches;
    else if (draw < mix.new + mix.role + mix.status) known.active = !known.active;
    return known;
  }

  /** Everybody joins one section, then everybody joins another one. */
  function join(): Membership {
    const person = made.length % world.people;
    const section = (person + Math.floor(made.length / world.people)) % world.sections;
    const membership = { person, section, teaches: false, active: true };
    made.push(membership);
    return membership;
  }

  return { next };
}

const wss = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-';
const mms = 'http://www.imsglobal.org/services/lis/mms2p0/wsdl11/sync/imsmms_v2p0';

function write({ person, section, teaches, active }: Membership, userName: string, password: string): Buffer {
  const [personId, sectionId] = [world.personId(person), world.sectionId(section)];
  const role = teaches ? 'editingteacher' : 'Student';
  return writeMembership(`CM-${sectionId}-${personId}`, { personId, sectionId, role, active }, { userName, password });
}

/** As ILP writes a membership, with the UsernameToken of WS-Security that a careful sender adds. */
export function writeMembership(
  id: string,
  { personId, sectionId, role, active }: { personId: string; sectionId: string; role: string; active: boolean },
  { userName, password }: { userName: string; password: string },
): Buffer {
  const nonce = randomBytes(16);
  const created = new Date().toISOString();
  const digest = createHash('sha1').update(nonce).update(created).update(password).digest('base64');
  return Buffer.from(`<?xml version="1.0" encoding="utf-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">
  <soapenv:Header>
    <wsse:Security soapenv:mustUnderstand="1" xmlns:wsse="${wss}wssecurity-secext-1.0.xsd" xmlns:wsu="${wss}wssecurity-utility-1.0.xsd">
      <wsse:UsernameToken>
        <wsse:Username>${userName}</wsse:Username>
        <wsse:Password Type="${wss}username-token-profile-1.0#PasswordDigest">${digest}</wsse:Password>
        <wsse:Nonce EncodingType="${wss}soap-message-security-1.0#Base64Binary">${nonce.toString('base64')}</wsse:Nonce>
        <wsu:Created>${created}</wsu:Created>
      </wsse:UsernameToken>
    </wsse:Security>
    <imsx_syncRequestHeaderInfo xmlns="${mms}">
      <imsx_version>V1.0</imsx_version>
      <imsx_messageIdentifier>2</imsx_messageIdentifier>
    </imsx_syncRequestHeaderInfo>
  </soapenv:Header>
  <soapenv:Body>
    <replaceMembershipRequest xmlns="${mms}">
      <sourcedId>${id}</sourcedId>
      <membershipRecord>
        <sourcedGUID><refAgentInstanceID>ILP</refAgentInstanceID><sourcedId>${id}</sourcedId></sourcedGUID>
        <membership>
          <collectionSourcedId>${sectionId}</collectionSourcedId>
          <membershipIdType>courseSection</membershipIdType>
          <member>
            <personSourcedId>${personId}</personSourcedId>
            <role>
              <roleType>${role}</roleType>
              <status>${active ? 'Active' : 'Inactive'}</status>
            </role>
          </member>
        </membership>
      </membershipRecord>
    </replaceMembershipRequest>
  </soapenv:Body>
</soapenv:Envelope>
`);
}
