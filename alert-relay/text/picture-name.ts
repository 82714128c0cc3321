/** What the file of a picture is called. */

/** Of letters, digits, dots and dashes alone, whatever an alert is called: `CpuUsageHigh-on-web-1.png`. */
export function pictureNameOf(title: string): string {
  const name = title
    .replaceAll(/[^A-Za-z0-9.-]+/g, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '')
    .slice(0, 80);
  return `${name === '' ? 'picture' : name}.png`;
}
