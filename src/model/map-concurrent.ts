/**
 * Runs `effect` for each item, begun in their order, at most `atOnce` at a time. After a failure no
 * other is begun.
 * @returns the results in the order of the items
 */
export async function mapConcurrent<Item, Result>(
  items: Iterable<Item>,
  atOnce: number,
  effect: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const waiting = [...items].entries();
  const results: Result[] = [];
  let failed = false;
  const worker = async () => {
    for (const [at, item] of waiting) {
      try {
        results[at] = await effect(item);
      } catch (error) {
        failed = true;
        throw error;
      }
      if (failed) return;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}
