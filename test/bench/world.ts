/** A university: people, and sections that bring their own offerings. Its memberships are what is measured. */
export const world = {
  people: 4_000,
  sections: 100,
  personId: (index: number): string => `P${100_000 + index}`,
  sectionId: (index: number): string => `${10_000 + index}.202640`,
};

/** Sends the people and sections through the REST door, as commands of up to 1,000 a call. */
export async function sendWorld(url: string, userName: string, password: string): Promise<void> {
  const people = Array.from({ length: world.people }, (_, index) => replacePerson(index));
  const sections = Array.from({ length: world.sections }, (_, index) => replaceSection(index));
  for (const commands of chunks([...people, ...sections], 1_000)) {
    const response = await fetch(`${url}/sis/v1/messages`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${userName}:${password}`)}`, 'content-type': 'application/json' },
      body: JSON.stringify({ messages: commands }),
    });
    const answer = (await response.json()) as { outcomes?: { status: string }[] };
    const bad = answer.outcomes?.find(({ status }) => status !== 'created' && status !== 'unchanged');
    if (answer.outcomes === undefined || bad !== undefined) throw new Error(JSON.stringify(bad ?? answer));
  }
}

function replacePerson(index: number): object {
  const number = String(index).padStart(4, '0');
  const fields = {
    userName: `person.${number}`,
    givenName: `Given${number}`,
    familyName: `Family${number}`,
    email: `person.${number}@uni.example.edu`,
    roles: [{ role: 'Student' }],
  };
  return { entity: 'user', verb: 'replace', sourcedId: world.personId(index), fields };
}

function replaceSection(index: number): object {
  const course = 100 + Math.floor(index / 2);
  const fields = {
    name: `Course ${course}, section ${index}`,
    parents: [
      { role: 'offering', kind: 'offering', sourcedId: `MAT.${course}` },
      { role: 'semester', kind: 'group', sourcedId: '202640' },
      { role: 'department', kind: 'group', sourcedId: 'MAT', name: 'Mathematics' },
    ],
    attributes: { label: `MAT-${course}-${index}` },
  };
  return { entity: 'org_unit', kind: 'section', verb: 'replace', sourcedId: world.sectionId(index), fields };
}

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
}
