import { accessSync, constants, statSync } from "node:fs";
import { join } from "node:path";

/** First executable file of that name. */
export function executableOn(folders: readonly string[], name: string): string | undefined {
  return folders
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return statSync(file).isFile();
      } catch {
        return false;
      }
    });
}
