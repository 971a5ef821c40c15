const CLOSE = 3;

/** The one that is nearest in letters, where any is near. */
export function nearestTo(given: string, known: readonly string[]): string | undefined {
  const ranked = known.map((name) => ({ name, distance: distance(given.toLowerCase(), name) }));
  const [best] = ranked.sort((a, b) => a.distance - b.distance);
  return best !== undefined && best.distance <= CLOSE ? best.name : undefined;
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (const [i, letter] of [...a.slice(0, 64)].entries()) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j += 1) {
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (b[j] === letter ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
