import { parseJson } from '../../formats/json/index.ts';
import { charsetOf } from '../../formats/xml/index.ts';
import { inspectXml } from '../../formats/xml/inspect-xml.ts';
import { GatewayError } from '../../domain/problem.ts';
import { redactJson } from './redact-json.ts';
import { redactXml } from './redact-xml.ts';

/** What may be shown of a stored body: its text, or its content as a JSON tree; or why neither can be. */
export type BodyView = { body: string } | { tree: unknown } | { bodyWithheld: string };

/** A larger body is not shown. */
const viewLimitBytes = 1_048_576;

/** A body that cannot be read cannot be redacted either: it is withheld. */
export async function viewBody(
  { contentType, body }: { contentType: string; body: Buffer },
  as: 'text' | 'tree',
): Promise<BodyView> {
  if (body.length === 0) return { bodyWithheld: 'The message has no body.' };
  if (body.length > viewLimitBytes) {
    return { bodyWithheld: `The body has ${body.length} bytes; at most ${viewLimitBytes} are shown.` };
  }
  try {
    return /json/i.test(contentType) ? viewJson(body, as) : await viewXml(body, charsetOf(contentType), as);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return { bodyWithheld: `The body cannot be read, so its secrets cannot be taken out: ${error.message}` };
  }
}

function viewJson(body: Buffer, as: 'text' | 'tree'): BodyView {
  const tree = redactJson(parseJson(body));
  return as === 'tree' ? { tree } : { body: JSON.stringify(tree, null, 2) };
}

async function viewXml(body: Buffer, charset: string | undefined, as: 'text' | 'tree'): Promise<BodyView> {
  const text = redactXml(body, charset);
  return as === 'tree' ? { tree: await inspectXml(Buffer.from(text)) } : { body: text };
}
