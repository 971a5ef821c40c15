import type { Difference } from "./difference";
import type { Report } from "./oracle";

/** A table with a line for each vendor, then what is wrong. */
export function printed({ vendors, strangers, failures }: Report): string {
  const rows = vendors.map(({ displayName, file, requests, leftOut, covered, declared, differences }) => [
    displayName,
    file,
    String(requests),
    String(leftOut),
    `${covered.length} of ${declared}`,
    String(differences.length),
  ]);
  const lines = table([["vendor", "document", "requests", "left out", "operations", "differences"], ...rows]);
  lines.push(
    "",
    "Left out are looks with a key, and exchanges of credentials, at hosts and paths that have no document.",
  );
  for (const { displayName, unused } of vendors) {
    lines.push("", `Key management that is not used of ${displayName}: ${unused.length === 0 ? "none" : ""}`.trimEnd());
    lines.push(...unused.map((name) => `  ${name}`));
  }
  if (strangers.length > 0) lines.push("", `Documents of vendors that are not here: ${strangers.join(", ")}`);
  for (const difference of vendors.flatMap(({ differences }) => differences)) lines.push("", ...sentences(difference));
  if (failures.length > 0) lines.push("", ...failures);
  return lines.join("\n");
}

const ALLOWED_MAX_LENGTH = 400;

function sentences({ vendor, operation, at, problem, found, allowed }: Difference): string[] {
  const shortened = allowed.length > ALLOWED_MAX_LENGTH ? `${allowed.slice(0, ALLOWED_MAX_LENGTH)}…` : allowed;
  return [`${vendor}: ${operation}: ${at} ${problem}`, `  found:   ${found}`, `  allowed: ${shortened}`];
}

function table(rows: ReadonlyArray<readonly string[]>): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
