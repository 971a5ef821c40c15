import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os, { tmpdir } from "node:os";
import { join } from "node:path";
import { makeRunFolder, removeAbandonedRunFolders } from "../../src/sandbox/processes/run-folder";

test("two sandboxes that start at once both remove what a killed one has left, and neither fails", async () => {
  // GIVEN what a run has left whose process is gone: ids end far below
  const folder = mkdtempSync(join(tmpdir(), "run-folder-test-"));
  const temporary = jest.spyOn(os, "tmpdir").mockReturnValue(folder);
  try {
    const own = makeRunFolder();
    const left = join(folder, "scoped-keys-sandbox-999999999-AbCdEf");
    mkdirSync(left);
    writeFileSync(join(left, "alive"), readFileSync(join(own.path, "alive")));
    own.letGo();

    // WHEN
    await Promise.all([removeAbandonedRunFolders(), removeAbandonedRunFolders()]);

    // THEN
    expect([existsSync(left), existsSync(own.path)]).toEqual([false, true]);
  } finally {
    temporary.mockRestore();
    rmSync(folder, { recursive: true, force: true });
  }
});
