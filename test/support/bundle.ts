import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

export const ROOT = join(__dirname, "../..");

/** A change of one source, made while it is bundled. */
export interface Edit {
  /** From the project's root. */
  readonly file: string;
  /** Must stand there exactly once. */
  readonly find: string;
  readonly put: string;
}

/** Bundles a worker, with the edits made. Throws where an edit no longer fits its source. */
export async function bundleWorker(entry: string, outfile: string, edits: readonly Edit[] = []): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    target: "node20",
    logLevel: "silent",
    plugins: [
      {
        name: "edits",
        setup(plugin) {
          plugin.onLoad({ filter: /\.ts$/ }, ({ path }) => {
            const here = edits.filter(({ file }) => join(ROOT, file) === path);
            if (here.length === 0) return undefined;
            return { contents: here.reduce(edited, readFileSync(path, "utf8")), loader: "ts" };
          });
        },
      },
    ],
  });
}

export function edited(text: string, { file, find, put }: Edit): string {
  const parts = text.split(find);
  if (parts.length !== 2) throw new Error(`${file} holds this ${parts.length - 1} times, and once is needed: ${find}`);
  return parts.join(put);
}
