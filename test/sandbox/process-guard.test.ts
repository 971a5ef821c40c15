import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** The watchdog is a script of the build. */
const GUARD = join(__dirname, "../../lib/src/sandbox/processes/process-guard.js");
const PROGRAM = `
  const { ProcessGuard } = require(${JSON.stringify(GUARD)});
  const guard = new ProcessGuard();
  guard.removeWithRun(process.argv[1]);
  console.log(guard.folder);
  setInterval(() => undefined, 1_000);
`;

test("a folder in which a run works goes with the run, also where that is killed", async () => {
  // GIVEN
  const folder = mkdtempSync(join(tmpdir(), "process-guard-test-"));
  writeFileSync(join(folder, "terraform.tfstate"), "{}");
  const child = spawn(process.execPath, ["-e", PROGRAM, folder], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const [said] = await once(child.stdout, "data");
    const runFolder = String(said).trim();
    expect(existsSync(runFolder)).toBe(true);

    // WHEN
    child.kill("SIGKILL");

    // THEN
    for (let look = 0; look < 500 && (existsSync(folder) || existsSync(runFolder)); look += 1) await sleep(20);
    expect([folder, runFolder].filter((path) => existsSync(path))).toEqual([]);
  } finally {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
});
