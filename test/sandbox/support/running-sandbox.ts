import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Run, scopedKeys } from "../../cli/support/scoped-keys";
import { listeningSockets, processesOf, until } from "../../support/processes";
import { SandboxClient } from "./sandbox-client";

/** `scoped-keys sandbox` as a process of its own, which stays, with a function that has run. */
export class RunningSandbox {
  /** As the variables that it prints lead to it. */
  readonly client: SandboxClient;

  private constructor(
    readonly run: Run,
    readonly environment: Readonly<Record<string, string>>,
    /** In which the run keeps its own. */
    readonly temporary: string,
  ) {
    this.client = new SandboxClient({ url: environment["SANDBOX_URL"] ?? "", environment });
  }

  static async start(): Promise<RunningSandbox> {
    const temporary = mkdtempSync(join(tmpdir(), "sk-"));
    const run = scopedKeys(["sandbox"], { ...process.env, TMPDIR: temporary });
    await until(() => run.stdout().includes("export SANDBOX_URL=") && run.stdout().endsWith("\n"));
    const exported = run.stdout().matchAll(/^export (\w+)='?(.*?)'?$/gm);
    const environment = Object.fromEntries([...exported].map(([, name = "", value = ""]) => [name, value]));
    const sandbox = new RunningSandbox(run, environment, temporary);
    await sandbox.client.createFunction("alive", "exports.handler = async () => 'alive';");
    const { body } = await sandbox.client.invoke("alive");
    if (body !== "alive") throw new Error(`the function did not run: ${JSON.stringify(body)}`);
    return sandbox;
  }

  get processes(): number[] {
    return processesOf(this.run.child.pid);
  }

  /** Of each TCP server, whatever it is for. */
  get ports(): number[] {
    return listeningSockets(this.processes).tcp.map((address) => Number(address.split(":").at(-1)));
  }

  /** The run's folder. */
  get folder(): string {
    const [name = "", ...more] = readdirSync(this.temporary).filter((entry) => entry.startsWith("scoped-keys-"));
    if (more.length > 0) throw new Error(`the run has more than one folder: ${[name, ...more].join(", ")}`);
    return join(this.temporary, name);
  }

  /** Address that callers are given -> its port. */
  get addresses(): Array<{ readonly name: string; readonly url: string; readonly port: number }> {
    return Object.entries(this.environment)
      .filter(([name]) => name === "AWS_ENDPOINT_URL" || /^SANDBOX_(?:\w+_)?URL$/.test(name))
      .map(([name, url]) => ({ name, url, port: Number(new URL(url).port) }));
  }

  /** All that a stranger could have changed. */
  async effects(): Promise<unknown> {
    const [journal, faults, clock] = await Promise.all([
      this.client.control("GET", "/journal"),
      this.client.control("GET", "/faults"),
      this.client.control("GET", "/clock"),
    ]);
    const { now } = clock.body as { now: string };
    // The sandbox's clock never steps back; the machine's may, by a moment.
    const hours = Math.round((Date.parse(now) - Date.now()) / 3_600_000) || 0;
    return { journal: journal.body, faults: faults.body, hours };
  }

  async stop(signal: NodeJS.Signals = "SIGINT"): Promise<void> {
    this.run.child.kill(signal);
    await this.run.ended;
    rmSync(this.temporary, { recursive: true, force: true });
  }
}
