import { tell } from "../output/streams";
import { terminal } from "../output/terminal";
import { findToolchain, type Toolchain } from "../sandbox/toolchain/toolchain";

/**
 * Terraform and moto for commands that run here; what is missing is installed into `.sandbox` of
 * the folder.
 */
export function localToolchain(folder: string): Promise<Toolchain> {
  return findToolchain({
    projectRoot: folder,
    environment: process.env,
    platform: process.platform,
    arch: process.arch,
    onInstall: (what) => tell(terminal`scoped-keys: installing ${what} into .sandbox …`),
  });
}
