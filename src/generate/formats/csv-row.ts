/** A line of a CSV file (RFC 4180) without its end; a delimiter that is a value's own character puts the value in quotes. */
export function csvRow(fields: readonly string[], delimiter = ','): string {
  return fields
    .map((field) => (needsQuotes(field, delimiter) ? `"${field.replaceAll('"', '""')}"` : field))
    .join(delimiter);
}

function needsQuotes(field: string, delimiter: string): boolean {
  return field.includes(delimiter) || /["\r\n]/.test(field);
}
