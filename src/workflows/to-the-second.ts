const MILLISECONDS = /(T\d\d:\d\d:\d\d)\.\d{3}(?=Z)/g;

/** ISO times in a text without their milliseconds, which are noise to the person who reads it in Temporal's UI. */
export function toTheSecond(text: string): string {
  return text.replace(MILLISECONDS, '$1');
}
