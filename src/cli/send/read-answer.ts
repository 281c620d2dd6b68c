import type { ElementView } from '../../pipeline/ports.ts';
import { parseXml } from '../../formats/xml/index.ts';
import type { Incoming } from './sender.ts';

/** What a receiver said, whatever its dialect. */
export type Answer = {
  /** `refused`: the message as a whole (a fault, an error status); `failure`: a record in it. */
  readonly verdict: 'success' | 'warning' | 'failure' | 'refused';
  /** `success / status / fullsuccess`, `soap:Client`, `200`. */
  readonly code: string;
  readonly text: string;
};

/** Reads the status header of a dialect of IMS, a SOAP fault, a report, or the JSON of the REST door. */
export function readAnswer({ status, contentType, body }: Incoming): Answer {
  if (body.length > 0 && /xml/i.test(contentType)) return readXml(parseXml(body), status);
  if (body.length > 0 && /json/i.test(contentType)) return readJson(JSON.parse(body.toString()) as Json, status);
  const text = body.toString('utf8', 0, 200).trim();
  return { verdict: status < 300 ? 'success' : 'refused', code: String(status), text };
}

function readXml(root: ElementView, status: number): Answer {
  if (root.name === 'report') return readReport(root, status);
  const fault = find(root, 'Fault');
  if (fault !== undefined) {
    const code = textAt(fault, 'faultcode') ?? textAt(fault, 'Value') ?? 'fault';
    return { verdict: 'refused', code, text: textAt(fault, 'faultstring') ?? textAt(fault, 'Text') ?? '' };
  }
  const infos = [...findAll(root, 'imsx_statusInfo'), ...findAll(root, 'statusInfo')].map(readStatus);
  const [worst] = [...infos].sort((one, other) => severityOf(other) - severityOf(one));
  if (worst === undefined)
    return { verdict: status < 300 ? 'success' : 'refused', code: String(status), text: 'no LIS status header' };
  const text = infos.map((info) => info.text).filter(Boolean);
  return { ...worst, code: [...new Set(infos.map(({ code }) => code))].join(', '), text: text.join('; ') };
}

/** One statusInfo: a plural operation of Enterprise Services has one an object. */
function readStatus(info: ElementView): Answer {
  const word = (name: string): string | undefined => textAt(info, `imsx_${name}`) ?? textAt(info, name);
  const [major = '', severity = ''] = [word('codeMajor')?.toLowerCase(), word('severity')?.toLowerCase()];
  const good = severity === 'warning' ? 'warning' : 'success';
  const description = find(info, 'description');
  return {
    verdict: major === 'success' || major === 'processing' ? good : 'failure',
    code: [major, severity, word('codeMinorFieldValue') ?? word('codeMinorValue')].filter(Boolean).join(' / '),
    text: textAt(info, 'imsx_description') ?? (description && textAt(description, 'text')) ?? '',
  };
}

function severityOf({ verdict }: Answer): number {
  return ['success', 'warning', 'failure', 'refused'].indexOf(verdict);
}

/** The report of the doors for bare XML: an outcome a record, a problem each with its words. */
function readReport(report: ElementView, status: number): Answer {
  return readJson(
    {
      outcomes: report.children.map(({ attributes, children }) => ({
        status: attributes.status ?? '',
        problems: children.map((problem) => ({ code: problem.attributes.code ?? '', message: problem.text })),
      })),
    },
    status,
  );
}

type Json = {
  code?: string;
  message?: string;
  status?: string;
  problems?: Json[];
  outcomes?: Json[];
};

function readJson(json: Json, status: number): Answer {
  const isError = status >= 400 && json.status === undefined && json.outcomes === undefined;
  if (isError) return { verdict: 'refused', code: `${status} ${json.code ?? ''}`.trim(), text: json.message ?? '' };
  const outcomes = json.outcomes ?? [json];
  const bad = outcomes.filter((outcome) => outcome.status === 'rejected' || outcome.status === 'failed');
  const problems = outcomes.flatMap((outcome) => outcome.problems ?? []);
  const statuses = [...new Set(outcomes.map((outcome) => outcome.status ?? 'done'))];
  const good = problems.length > 0 ? 'warning' : 'success';
  return {
    verdict: bad.length > 0 ? 'failure' : good,
    code: `${status} ${statuses.join(', ')}`,
    text: problems.map((problem) => `${problem.code ?? ''}: ${problem.message ?? ''}`).join('; '),
  };
}

function textAt(root: ElementView, name: string): string | undefined {
  return find(root, name)?.text.trim();
}

function find(root: ElementView, name: string): ElementView | undefined {
  if (root.name === name) return root;
  for (const child of root.children) {
    const found = find(child, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function findAll(root: ElementView, name: string): ElementView[] {
  return root.name === name ? [root] : root.children.flatMap((child) => findAll(child, name));
}
