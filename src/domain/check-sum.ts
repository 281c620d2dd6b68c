/** A checksum that a sender states of a file. */
export interface CheckSum {
  readonly algorithm: CheckSumAlgorithm;
  /** Lower-case hexadecimal. */
  readonly hex: string;
}

/** By how many hexadecimal digits each has. */
const digits = { crc32: 8, md5: 32, sha1: 40, sha256: 64, sha384: 96, sha512: 128 } as const;
export type CheckSumAlgorithm = keyof typeof digits;
export const checkSumAlgorithms = Object.keys(digits) as CheckSumAlgorithm[];

/**
 * LIS says of a checksum neither its algorithm nor its spelling: it is known by its length, in hexadecimal or base64, or by the
 * name before it (`sha256:...`, `{SHA}...`), which must then fit. undefined: it is none that could be verified.
 */
export function checkSumOf(text: string): CheckSum | undefined {
  const { name, value = '' } = /^(?:\{?(?<name>[a-z][a-z\d-]*)[:}])?(?<value>\S+)$/i.exec(text.trim())?.groups ?? {};
  const hex = /^(?:[\da-f]{2})+$/i.test(value) ? value.toLowerCase() : fromBase64(value);
  const algorithm = checkSumAlgorithms.find((each) => digits[each] === hex?.length);
  if (hex === undefined || algorithm === undefined) return undefined;
  return name === undefined || named(name) === algorithm ? { algorithm, hex } : undefined;
}

function fromBase64(value: string): string | undefined {
  if (!/^[a-z\d+/]+={0,2}$/i.test(value) || value.length % 4 !== 0) return undefined;
  return Buffer.from(value, 'base64').toString('hex');
}

function named(name: string): string {
  const plain = name.toLowerCase().replace('-', '');
  return plain === 'sha' ? 'sha1' : plain;
}
