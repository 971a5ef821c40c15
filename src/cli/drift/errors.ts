import { ScopedKeysRuntimeError } from "../../model/errors";

export const noStacks = (folder: string) =>
  new ScopedKeysRuntimeError("SK320", {
    subject: `folder "${folder}"`,
    problem: "there is no stack in it, and nothing was planned",
    allowed: "what cdktf synth writes (cdktf.out), one of its folders stacks/<stack>, or a folder with Terraform code",
    remedy: "Run cdktf synth first, or name the folder",
  });

export const noSuchStack = (given: string, names: readonly string[], meant: string | undefined) =>
  new ScopedKeysRuntimeError("SK321", {
    subject: `stack "${given}"`,
    problem: "there is no stack of that name, and nothing was planned",
    allowed: names.join(", "),
    remedy: meant === undefined ? "Name one of these" : `Did you mean ${meant}?`,
  });

export const noTerraform = (tried: readonly string[]) =>
  new ScopedKeysRuntimeError("SK322", {
    subject: "terraform",
    problem: `neither of these commands is there: ${tried.join(", ")}`,
    remedy: "Install Terraform or OpenTofu, or name the binary with --terraform or TERRAFORM_BINARY_NAME",
  });

export const noReport = (file: string, why: string) =>
  new ScopedKeysRuntimeError("SK323", {
    subject: `report "${file}"`,
    problem: why,
    remedy: "Give --previous the JSON report of an earlier run, and --report a file that can be written",
  });
