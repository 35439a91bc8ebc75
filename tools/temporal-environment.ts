import path from 'node:path';

const noProfile = path.join(__dirname, 'no-temporal-profile.toml');

/**
 * For a child's environment: a developer's own profile, of a server elsewhere, must not reach a process of the
 * servers that we start. A file that is not there is no profile (an empty one is an error, @temporalio/envconfig
 * 1.24).
 */
export function withoutTemporalSettings(): Record<string, string | undefined> {
  const own = Object.keys(process.env).filter((name) => name.startsWith('TEMPORAL_'));
  return { ...Object.fromEntries(own.map((name) => [name, undefined])), TEMPORAL_CONFIG_FILE: noProfile };
}
