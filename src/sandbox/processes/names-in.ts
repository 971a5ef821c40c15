import { readdirSync } from "node:fs";

/** Of a folder, sorted; none where it is missing or closed to us. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
