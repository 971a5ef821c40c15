import { join } from "node:path";
import { buildSync } from "esbuild";

/**
 * As on the command line: `esbuild adapter.ts --bundle --minify --platform=node --target=node20
 * --format=cjs --outfile=dist/acme.js`.
 */
export function bundleAdapter(outfile: string): string {
  buildSync({
    entryPoints: [join(__dirname, "adapter.ts")],
    outfile,
    bundle: true,
    minify: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    logLevel: "warning",
  });
  return outfile;
}

if (require.main === module) console.log(bundleAdapter(join(__dirname, "dist", "acme.js")));
