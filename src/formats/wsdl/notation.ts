/**
 * The compact notation of the contract tables. A sequence is written as element names in schema order:
 *
 *     'label:Text? title:Text? timeFrame* status:string? c.email?'
 *
 * `?` = 0 or 1, `*` = 0 or more, `+` = 1 or more, nothing = exactly 1. After the colon stands the type: lower case is an
 * XML Schema type, upper case one of the contract's own, `c.Upper` one of the schema with the prefix `c`. Without a colon
 * the type is the usual one of that element name, else the name itself with a capital. `c.email` is the global element of
 * the schema with the prefix `c`.
 */
export interface Field {
  readonly name: string;
  readonly type: string;
  readonly optional: boolean;
  readonly repeated: boolean;
  /** The element belongs to the schema of this prefix. */
  readonly prefix?: string;
  /** May be xsi:nil. Written as `!` after the name. */
  readonly nillable?: true;
}

export interface OperationContract {
  readonly name: string;
  readonly request: readonly Field[];
  readonly response: readonly Field[];
  /** Answered by the gateway; the others are answered `unsupported`. */
  readonly supported: boolean;
  /** What it does, for people. */
  readonly documentation: string;
}

/** Reads a sequence; the usual type of a name is what `usual` says, if it says any. */
export function sequence(
  text: string,
  usual: (name: string) => string | undefined = () => undefined,
): readonly Field[] {
  return text
    .split(/\s+/)
    .filter(Boolean)
    .map((token) => field(token, usual));
}

function field(token: string, usual: (name: string) => string | undefined): Field {
  const [, prefix, name, nil, type, cardinality] =
    /^(?:(\w+)\.)?(\w+)(!?)(?::((?:\w+\.)?\w+))?([?*+]?)$/.exec(token) ?? [];
  if (name === undefined) throw new Error(`not an element in contract notation: ${token}`);
  return {
    name,
    type: type ?? usual(name) ?? capitalised(name),
    optional: cardinality === '?' || cardinality === '*',
    repeated: cardinality === '*' || cardinality === '+',
    ...(prefix === undefined ? {} : { prefix }),
    ...(nil === '!' ? { nillable: true } : {}),
  };
}

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
