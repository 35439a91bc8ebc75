/**
 * The forms in which a text may stand in something else: plain, as JSON or a URL writes it, and inside base64, where
 * the same text has three shapes, one for each place in a group of three bytes.
 */
export function shapesOf(secret: string): string[] {
  const inJson = asInJson(secret);
  const texts = [secret, inJson, asInJson(inJson)];
  return [...new Set([...texts, ...texts.flatMap(encoded)])];
}

function asInJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function encoded(text: string): string[] {
  const bytes = Buffer.from(text, 'utf8');
  const inBase64 = [0, 1, 2].flatMap((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes]);
    // A character that holds bits of the neighbours too is left out.
    const from = Math.ceil((before * 8) / 6);
    const to = Math.floor((whole.length * 8) / 6);
    return [whole.toString('base64').slice(from, to), whole.toString('base64url').slice(from, to)];
  });
  return [encodeURIComponent(text), bytes.toString('hex'), ...inBase64];
}

/** Which of the secrets stand in the text, in whatever shape. */
export function secretsIn(text: string, secrets: Readonly<Record<string, string>>): string[] {
  return Object.entries(secrets)
    .filter(([, secret]) => shapesOf(secret).some((shape) => text.includes(shape)))
    .map(([name]) => name);
}

/**
 * An object of Temporal's as text, with every byte string in it both as base64 and as the text that it may be: a
 * history's payloads, and payloads within payloads.
 */
export function asText(value: unknown): string {
  const parts: string[] = [];
  const seen = new Set<object>();
  const walk = (node: unknown): void => {
    if (typeof node === 'string') parts.push(node);
    if (typeof node !== 'object' || node === null || seen.has(node)) return;
    seen.add(node);
    if (node instanceof Uint8Array) {
      const bytes = Buffer.from(node);
      parts.push(bytes.toString('utf8'), bytes.toString('base64'));
      return;
    }
    for (const [key, inner] of Object.entries(node)) {
      parts.push(key);
      walk(inner);
    }
  };
  walk(value);
  return parts.join('\n');
}
