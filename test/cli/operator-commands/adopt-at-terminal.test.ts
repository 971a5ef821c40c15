import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../../support/processes";
import { LambdaService } from "../support/lambda-service";

const VALUE = "sk-ant-api03-CANARYcanary0123456789";
const BIN = join(__dirname, "../../../bin/scoped-keys.js");
const SUPPORT = join(__dirname, "../support");

/** The built command at a real terminal. */
function atTerminal(args: readonly string[], environment: NodeJS.ProcessEnv) {
  const child = spawn("python3", [join(SUPPORT, "terminal.py"), process.execPath, BIN, ...args], {
    env: { ...process.env, ...environment },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let shown = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    shown += text;
  });
  return {
    shown: () => shown,
    type: (text: string) => child.stdin.write(`${JSON.stringify(text)}\n`),
    ended: new Promise<number | null>((resolve) => child.once("close", resolve)),
  };
}

describe("scoped-keys adopt at a terminal", () => {
  let service: LambdaService;
  let folder: string;
  beforeEach(async () => {
    const body = { key: "summariser", keyId: "apikey_2", expiresAt: "2027-02-20T09:00:00.000Z" };
    service = await LambdaService.start(() => ({ body }));
    folder = mkdtempSync(join(tmpdir(), "adopt-"));
  });
  afterEach(async () => {
    await service.stop();
    rmSync(folder, { recursive: true });
  });

  test("does not show what is pasted before it has asked, and takes it as the value", async () => {
    // GIVEN: a command that is still loading
    const [reached, open] = [join(folder, "reached"), join(folder, "open")];
    const run = atTerminal(["adopt", "ai-keys/anthropic/summariser"], {
      NODE_OPTIONS: `--require ${join(SUPPORT, "load-gate.js")}`,
      GATE_REACHED: reached,
      GATE_OPEN: open,
      AWS_ENDPOINT_URL: service.url,
      AWS_ACCESS_KEY_ID: "a",
      AWS_SECRET_ACCESS_KEY: "b",
      AWS_REGION: "us-east-1",
    });
    await until(() => existsSync(reached));
    expect(run.shown()).toBe("");
    // WHEN
    run.type(`${VALUE}\r`);
    writeFileSync(open, "");
    // THEN
    expect(await run.ended).toBe(0);
    expect(run.shown()).toContain("New value of ai-keys/anthropic/summariser (not shown): ");
    expect(run.shown()).toContain("adopted. In use now: apikey_2");
    expect(run.shown().includes(VALUE.slice(0, 8))).toBe(false);
    expect(service.calls.map(({ event }) => event)).toEqual([{ action: "adopt", key: "summariser", value: VALUE }]);
  });
});
