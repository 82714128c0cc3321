/** Parses RFC 3339, section 5.6. */

const pattern =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** Returns milliseconds since the epoch; undefined for another form, and for a date that does not exist, such as February 30. */
export function parseRfc3339(text: string): number | undefined {
  const [, year, month, day] = pattern.exec(text) ?? [];
  if (year === undefined) return undefined;
  const daysOfMonth = new Date(Date.UTC(2000 + (Number(year) % 400), Number(month), 0)).getUTCDate();
  if (Number(month) < 1 || Number(month) > 12 || Number(day) < 1 || Number(day) > daysOfMonth) return undefined;
  return Date.parse(text.toUpperCase().replace(' ', 'T'));
}
