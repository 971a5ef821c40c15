import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LoopbackServer } from "../../../src/sandbox/http";
import { Callers } from "../../../src/sandbox/journal/callers";
import { Journal } from "../../../src/sandbox/journal/journal";
import { LambdaHost } from "../../../src/sandbox/lambda/host";
import type { FunctionSpec } from "../../../src/sandbox/lambda/invocation";
import { LogStore } from "../../../src/sandbox/lambda/log-store";
import { ProcessGuard } from "../../../src/sandbox/processes/process-guard";
import { SimulatedClock } from "../../../src/sandbox/time-and-faults/clock";
import { Faults } from "../../../src/sandbox/time-and-faults/faults";
import type { SimulatorRequest, VendorSimulator } from "../../../src/sandbox/vendors/simulator";
import { startVendorServer } from "../../../src/sandbox/vendors/vendor-server";

/** A vendor that answers with what it was asked, and remembers it. */
export class EchoVendor implements VendorSimulator {
  readonly id = "echo";
  readonly hosts = ["api.echo.example"];
  readonly basePath = "/v1";
  readonly adminKey = "echo-admin-key-0123456789";
  readonly environment = {};
  readonly seen: SimulatorRequest[] = [];

  async handle(request: SimulatorRequest) {
    this.seen.push(request);
    return { status: 200, headers: { "x-echo": "yes" }, body: { url: request.url, body: request.body } };
  }

  configure(): void {}

  secrets(): readonly string[] {
    return [this.adminKey];
  }
}

/** A Lambda host with a vendor behind it, and nothing of AWS. */
export class FunctionHarness {
  readonly clock = new SimulatedClock();
  readonly guard = new ProcessGuard();
  readonly callers = new Callers();
  readonly faults = new Faults();
  readonly vendor = new EchoVendor();
  readonly journal = new Journal(this.clock, () => this.vendor.secrets());
  readonly logs = new LogStore(this.clock);
  vendorServer!: LoopbackServer;
  host!: LambdaHost;

  static async start(): Promise<FunctionHarness> {
    const harness = new FunctionHarness();
    harness.vendorServer = await startVendorServer(harness.vendor, harness);
    harness.host = await LambdaHost.start({
      clock: harness.clock,
      guard: harness.guard,
      callers: harness.callers,
      logs: harness.logs,
      endpointUrl: harness.vendorServer.url,
      path: process.env["PATH"] ?? "",
      reroutes: { "api.echo.example": harness.vendorServer.url },
    });
    return harness;
  }

  /** A function of one file. */
  function(source: string, changes: Partial<FunctionSpec> & { file?: string } = {}): FunctionSpec {
    const { file = "index.js", ...rest } = changes;
    const name = rest.name ?? `fn-${randomUUID().slice(0, 8)}`;
    const codeDirectory = join(this.guard.folder, "test", randomUUID());
    mkdirSync(codeDirectory, { recursive: true });
    writeFileSync(join(codeDirectory, file), source);
    return {
      name,
      arn: `arn:aws:lambda:us-east-1:123456789012:function:${name}`,
      region: "us-east-1",
      version: "$LATEST",
      revision: randomUUID(),
      codeDirectory,
      handler: "index.handler",
      runtime: "nodejs20.x",
      timeoutSeconds: 10,
      memoryMegabytes: 256,
      environment: {},
      ...rest,
    };
  }

  async invoke(spec: FunctionSpec, event: unknown = {}) {
    const result = await this.host.invoke(spec, JSON.stringify(event));
    const payload: unknown = JSON.parse(result.payload);
    return { ...result, payload };
  }

  async stop(): Promise<void> {
    await this.host.stop();
    await this.vendorServer.close();
    await this.guard.stop();
  }
}
