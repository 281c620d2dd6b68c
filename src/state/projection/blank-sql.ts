/**
 * An LMS object that was taken back with the run that made it states nothing any more. It is as if it had never been: a link to it does not count.
 * Only if what it was made for comes again, and finds no other, it is the one that comes back, under its id.
 */
export const isBlankSql = (object: string): string => `(${object}.state = 'deleted' and ${object}.fields = '{}')`;
