/** What a worker's /metrics says, in Prometheus's text format. */
export class Exposition {
  private readonly samples: { name: string; labels: Record<string, string>; value: number }[];

  constructor(readonly text: string) {
    this.samples = text.split('\n').flatMap((line) => {
      const match = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line);
      if (match === null) return [];
      const [, name = '', labels = '', value = ''] = match;
      const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', text = '']) => [
        key,
        text,
      ]);
      return [{ name, labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(value) }];
    });
  }

  static async of(port: number): Promise<Exposition> {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`);
    const text = await response.text();
    if (!response.ok) throw new Error(`/metrics: ${response.status} ${text}`);
    return new Exposition(text);
  }

  get names(): Set<string> {
    return new Set(this.samples.map(({ name }) => name));
  }

  get labelNames(): Set<string> {
    return new Set(this.samples.flatMap(({ labels }) => Object.keys(labels)));
  }

  /** The sum of all samples of that name that have these labels; 0 when there are none. */
  sum(name: string, wanted: Readonly<Record<string, string>> = {}): number {
    return this.samples
      .filter((sample) => sample.name === name)
      .filter(({ labels }) => Object.entries(wanted).every(([key, value]) => labels[key] === value))
      .reduce((sum, { value }) => sum + value, 0);
  }

  labelValues(name: string, label: string): string[] {
    const values = this.samples.filter((sample) => sample.name === name).map(({ labels }) => labels[label]);
    return [...new Set(values)].filter((value) => value !== undefined).sort();
  }
}
