// Prints the circles of imports in a folder, type imports included; exits with 1 where there is one. `npx tsx scripts/import-circles.ts constructs`
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

const ROOT = join(__dirname, "..");

/** Files that import each other, directly or around: each circle's names in order. */
export function circlesIn(folder: string): string[][] {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(folder, name));
  const imports = new Map(files.map((file) => [file, importsOf(file)]));
  return groups(imports).filter((group) => group.length > 1);
}

function importsOf(file: string): string[] {
  const source = readFileSync(join(ROOT, file), "utf8");
  const statement = /^(?:import|export)\s(?:[^;"']*?\sfrom\s+)?["'](\.[^"']+)["']/gm;
  return [...source.matchAll(statement)].map(([, target = ""]) => {
    const path = normalize(join(dirname(file), target));
    return existsSync(join(ROOT, `${path}.ts`)) ? `${path}.ts` : join(path, "index.ts");
  });
}

/** Tarjan's strongly connected components. */
function groups(imports: ReadonlyMap<string, readonly string[]>): string[][] {
  const found: string[][] = [];
  const seen = new Map<string, { index: number; low: number; open: boolean }>();
  const stack: string[] = [];
  const visit = (file: string) => {
    const node = { index: seen.size, low: seen.size, open: true };
    seen.set(file, node);
    stack.push(file);
    for (const to of imports.get(file) ?? []) {
      if (!imports.has(to)) continue;
      const other = seen.get(to) ?? visit(to);
      if (other.open) node.low = Math.min(node.low, other.low);
    }
    if (node.low === node.index) {
      const group = stack.splice(stack.indexOf(file));
      for (const member of group) {
        const closed = seen.get(member);
        if (closed !== undefined) closed.open = false;
      }
      found.push(group.sort());
    }
    return node;
  };
  for (const file of imports.keys()) if (!seen.has(file)) visit(file);
  return found;
}

if (require.main === module) {
  const circles = circlesIn(process.argv[2] ?? "constructs");
  for (const circle of circles) console.log(`${circle.length} files in a circle:\n  ${circle.join("\n  ")}`);
  process.exitCode = circles.length === 0 ? 0 : 1;
}
