/**
 * A parsed JSON value's type: JSON has no undefined, so a field that is absent is absent, and one that is there has a
 * value. zod cannot say so of its optional fields.
 */
export type Defined<T> = T extends readonly (infer Item)[]
  ? Defined<Item>[]
  : T extends object
    ? { [Key in keyof T]: Defined<Exclude<T[Key], undefined>> }
    : T;
