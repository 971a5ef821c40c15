import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { TokenDoor } from "../../../src/sandbox/doors/token-door";
import { LoopbackServer } from "../../../src/sandbox/http";
import type { VendorSimulator } from "../../../src/sandbox/vendors/simulator";
import { simulatorReply, simulatorRequest } from "../../../src/sandbox/vendors/vendor-server";

/**
 * A simulator over HTTP, at an address as a command is given it: for vendors' own clients, most of
 * which are ES modules.
 */
export class VendorEndpoint {
  private constructor(
    readonly simulator: VendorSimulator,
    readonly server: LoopbackServer,
  ) {}

  static async start(simulator: VendorSimulator, now: number): Promise<VendorEndpoint> {
    const door = new TokenDoor(1_024 * 1_024);
    const server = await LoopbackServer.start({ now: () => now }, door, async (request) =>
      simulatorReply(await simulator.handle(simulatorRequest(request, undefined))),
    );
    return new VendorEndpoint(simulator, server);
  }

  /** Without the base path. */
  get origin(): string {
    return this.server.url;
  }

  get url(): string {
    return this.origin + this.simulator.basePath;
  }

  close(): Promise<void> {
    return this.server.close();
  }
}

/** What a script with a client prints as JSON. */
export async function outputOf(script: string, input: unknown): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(input)], {
    maxBuffer: 16 * 1_024 * 1_024,
  });
  return JSON.parse(stdout);
}
