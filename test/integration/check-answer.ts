import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { recordDialects } from '../../src/app/record-dialects.ts';
import { sisRest } from '../../src/dialects/sis-rest/index.ts';
import { buildOpenApi } from '../../src/http/openapi/build-openapi.ts';
import { publishedCalls } from '../../src/http/published-calls.ts';
import { recordCalls } from '../../src/http/record-calls.ts';

/** The document that the gateway publishes. */
const calls = [...sisRest.calls, ...recordCalls(recordDialects())];
export const document = buildOpenApi(publishedCalls(calls), '0.0.0-test');

const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema(document, 'openapi');
const validators = new Map<string, ValidateFunction>();

/**
 * Every answer of every test is held against the published document: an answer that it does not describe is a mistake of
 * the document or of the gateway.
 */
export function checkAnswer(
  method: string,
  path: string,
  answer: { status: number; headers: Headers; body: unknown },
): void {
  const template = templateOf(new URL(path, 'http://gateway').pathname);
  if (template === undefined) return;
  const operation = (document.paths?.[template] as Record<string, { responses: object }> | undefined)?.[
    method.toLowerCase()
  ];
  if (operation === undefined) return;
  const known = String(answer.status) in operation.responses ? String(answer.status) : 'default';
  if (known === 'default' && answer.status < 400)
    throw new Error(`${method} ${template} answered ${answer.status}, which is not documented`);
  const pointer = [
    'paths',
    template,
    method.toLowerCase(),
    'responses',
    known,
    'content',
    'application/json',
    'schema',
  ];
  // Some calls answer XML, or nothing, to those who ask for it.
  if (!exists(pointer) || !(answer.headers.get('content-type') ?? '').includes('json')) return;
  const validate = validatorFor(pointer);
  if (validate(answer.body)) return;
  throw new Error(
    `${method} ${path} answered ${answer.status} with a body that the OpenAPI document does not describe: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(answer.body)}`,
  );
}

function templateOf(path: string): string | undefined {
  const matches = Object.keys(document.paths ?? {}).filter((template) =>
    new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path),
  );
  // `/users/{lmsId}` and a literal path of the same length: the literal one is meant.
  return matches.sort((left, right) => left.split('{').length - right.split('{').length)[0];
}

function exists(pointer: readonly string[]): boolean {
  let value: unknown = document;
  for (const part of pointer) value = (value as Record<string, unknown> | undefined)?.[part];
  return value !== undefined;
}

function validatorFor(pointer: readonly string[]): ValidateFunction {
  const $ref = `openapi#/${pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`;
  const known = validators.get($ref) ?? ajv.compile({ $ref });
  validators.set($ref, known);
  return known;
}
