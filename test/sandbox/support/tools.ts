import { join } from "node:path";
import type { SandboxTools } from "../../../src/sandbox";
import { findToolchain } from "../../../src/sandbox/toolchain/toolchain";

/** Real tools, found or installed as for a user. */
export function testTools(): Promise<SandboxTools> {
  return findToolchain({
    projectRoot: join(__dirname, "..", "..", ".."),
    environment: process.env,
    platform: process.platform,
    arch: process.arch,
  });
}
