import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { lastLines, run } from './run.mjs';

/**
 * Builds from what package registries have: Go's module proxy and Maven Central.
 * Each takes the path of the executable to make, in a folder that is its own.
 */

const progress = (say, what) => ({
  everyMs: 60_000,
  say: (seconds) => say(`  … still ${what} (${Math.round(seconds / 60)} min)`),
});

export async function hasGo() {
  return (await run('go', ['version'])).code === 0;
}

/** @throws Error with the last lines of the compiler */
export async function buildCli(version, executable, say) {
  say('Building the Temporal CLI with Go (about 5 minutes the first time) …');
  await goInstall(`github.com/temporalio/cli/cmd/temporal@v${version}`, executable, say);
}

/** @throws Error with the last lines of the compiler */
export async function buildFromGoModule(title, module, executable, say) {
  say(`Building ${title} with Go (minutes, the first time): ${module} …`);
  await goInstall(module, executable, say);
  // Go names it after the last part of the module's path.
  const built = path.basename(module.slice(0, module.indexOf('@')));
  await rename(path.join(path.dirname(executable), built + path.extname(executable)), executable);
}

async function goInstall(module, executable, say) {
  const { code, output } = await run('go', ['install', module], {
    env: { GOBIN: path.dirname(executable) },
    still: progress(say, 'building'),
  });
  if (code !== 0) throw new Error(`go install failed:\n${lastLines(output)}`);
}

/** The script that starts the test server is for sh, so there is no such build on Windows. */
export async function hasJavaAndMaven() {
  if (process.platform === 'win32') return false;
  const [java, maven] = await Promise.all([run('java', ['-version']), run('mvn', ['-v'])]);
  return java.code === 0 && maven.code === 0;
}

/** @throws Error with the last lines of Maven */
export async function fetchTestServer(version, executable, say) {
  say('Fetching the Temporal test server with Maven (about half a minute) …');
  const folder = path.dirname(executable);
  await mkdir(folder, { recursive: true });
  const pom = path.join(folder, 'pom.xml');
  await writeFile(
    pom,
    `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId>
  <artifactId>temporal-test-server-files</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>io.temporal</groupId>
      <artifactId>temporal-test-server</artifactId>
      <version>${version}</version>
    </dependency>
  </dependencies>
</project>
`,
  );
  const { code, output } = await run(
    'mvn',
    [
      ...['-q', '-B', '-f', pom],
      'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies',
      ...['-DincludeScope=runtime', `-DoutputDirectory=${path.join(folder, 'lib')}`],
    ],
    { still: progress(say, 'fetching') },
  );
  if (code !== 0) throw new Error(`Maven failed:\n${lastLines(output)}`);
  // exec: who stops the script must stop the server.
  await writeFile(
    executable,
    '#!/bin/sh\nexec java -cp "$(dirname "$0")/lib/*" io.temporal.testserver.TestServer "$@"\n',
  );
  await chmod(executable, 0o755);
}
