import { realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { namesIn } from "../../processes/names-in";
import { PROVIDER, TERRAFORM_REGISTRY, TOFU_REGISTRY } from "../../toolchain/provider-mirror";

/**
 * The AWS provider that `init` has chosen for a working folder.
 * @param dataFolder `.terraform`, or what `TF_DATA_DIR` names
 * @returns undefined where there is none, or more than one
 */
export function chosenProvider(dataFolder: string, isTofu: boolean): string | undefined {
  const provider = join(dataFolder, "providers", isTofu ? TOFU_REGISTRY : TERRAFORM_REGISTRY, PROVIDER);
  const [only, ...more] = namesIn(provider).flatMap((version) =>
    namesIn(join(provider, version)).flatMap((platform) =>
      namesIn(join(provider, version, platform))
        .filter((name) => name.startsWith("terraform-provider-aws"))
        .map((name) => join(provider, version, platform, name)),
    ),
  );
  if (only === undefined || more.length > 0 || !statSync(only).isFile()) return undefined;
  return realpathSync(only);
}
