import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAlive, processesOf, until } from "../support/processes";
import { scopedKeys } from "./support/scoped-keys";

jest.setTimeout(120_000);

/** Of a shell: what it starts is in a session of its own. */
const DETACH = "setsid sleep 600 >/dev/null 2>&1 </dev/null & echo detached $!";

async function detachedBy(run: ReturnType<typeof scopedKeys>): Promise<number> {
  const pid = () => Number(/detached (\d+)\n/.exec(run.stdout())?.[1] ?? 0);
  await until(() => pid() > 0);
  return pid();
}

describe("scoped-keys sandbox", () => {
  test("ends with the command's exit code, and leaves no process, not even one that the command detached", async () => {
    // WHEN
    const run = scopedKeys(["sandbox", "--", "sh", "-c", `${DETACH}; echo started; sleep 1; exit 7`]);
    await until(() => run.stdout().includes("started"));
    const processes = [...processesOf(run.child.pid), await detachedBy(run)];
    // THEN
    expect(processes.length).toBeGreaterThan(2);
    expect((await run.ended).code).toBe(7);
    await until(() => !processes.some(isAlive));
  });

  test("gives the command all that it needs, and nothing that leads to the real AWS", async () => {
    // GIVEN
    process.env["AWS_PROFILE"] = "production";
    try {
      // WHEN
      const { stdout, code } = await scopedKeys(["sandbox", "--", "env"]).ended;
      // THEN
      expect(code).toBe(0);
      for (const name of ["AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_REGION", "SANDBOX_URL", "OPENAI_PROJECT_ID"]) {
        expect(stdout).toMatch(new RegExp(`^${name}=.+$`, "m"));
      }
      expect(stdout).toMatch(/^SANDBOX_OPENAI_URL=http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\/v1$/m);
      expect(stdout).toMatch(/^SANDBOX_OPENAI_ADMIN_KEY=sk-admin-/m);
      expect(stdout).not.toMatch(/^AWS_PROFILE=/m);
    } finally {
      delete process.env["AWS_PROFILE"];
    }
  });

  test("says 127 where there is no such command", async () => {
    const { code, stderr } = await scopedKeys(["sandbox", "--", "no-such-command-here"]).ended;
    expect(code).toBe(127);
    expect(stderr).toContain("no-such-command-here");
  });

  test("without a command prints exports, and ends with 0 on Ctrl-C, leaving no process but those of shells that sourced them", async () => {
    // GIVEN
    const run = scopedKeys(["sandbox"]);
    await until(() => run.stdout().includes("export SANDBOX_URL="));
    const processes = processesOf(run.child.pid);
    expect(processes.length).toBeGreaterThan(1);
    const sourced = spawn("sh", ["-c", `${run.stdout()}\nexec sleep 600`], { stdio: "ignore" });
    // WHEN
    run.child.kill("SIGINT");
    // THEN
    expect((await run.ended).code).toBe(0);
    await until(() => !processes.some(isAlive));
    expect([sourced.exitCode, sourced.signalCode]).toEqual([null, null]);
    sourced.kill();
  });

  test("ends a running command on SIGTERM, and leaves no process", async () => {
    // GIVEN
    const run = scopedKeys(["sandbox", "--", "sh", "-c", "echo started; sleep 600"]);
    await until(() => run.stdout().includes("started"));
    const processes = processesOf(run.child.pid);
    expect(processes.length).toBeGreaterThan(1);
    // WHEN
    run.child.kill("SIGTERM");
    // THEN
    expect((await run.ended).code).toBe(143);
    await until(() => !processes.some(isAlive));
  });

  test("leaves no process when it is killed itself", async () => {
    // GIVEN
    const run = scopedKeys(["sandbox", "--", "sh", "-c", `${DETACH}; sleep 600`]);
    const processes = [await detachedBy(run), ...processesOf(run.child.pid)];
    expect(processes.length).toBeGreaterThan(2);
    // WHEN
    run.child.kill("SIGKILL");
    // THEN
    await run.ended;
    await until(() => !processes.some(isAlive));
  });

  test("leaves no folder behind", async () => {
    // GIVEN
    const folder = mkdtempSync(join(tmpdir(), "scoped-keys-test-"));
    try {
      // WHEN
      await scopedKeys(["sandbox", "--", "true"], { ...process.env, TMPDIR: folder }).ended;
      // THEN
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test.each([
    [["sandbx"], /sandbox/],
    [["sandbox", "ls"], /put -- before the command/],
    [["sandbox", "--foreground"], /unknown option/],
    [["sandbox", "--route", "api.acme.example"], /Write HOST=URL/],
    [["sandbox", "--route", "api.acme.example=https://api.example.com"], /a server of this machine/],
  ])("answers %j with exit code 2 and what was meant", async (args, words) => {
    const { code, stderr } = await scopedKeys([...args]).ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(words);
  });

  test("explains itself with examples", async () => {
    const { code, stdout } = await scopedKeys(["sandbox", "--help"]).ended;
    expect(code).toBe(0);
    expect(stdout).toContain("Examples:");
    expect(stdout).toContain("--route <host=url>");
  });
});
