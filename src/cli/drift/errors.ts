import { ScopedKeysRuntimeError } from "../../model/errors";

export const noStacks = (folder: string) =>
  new ScopedKeysRuntimeError("SK320", {
    subject: `folder "${folder}"`,
    problem: "the folder contains no stack. Nothing was planned",
    allowed:
      "the output folder of cdktf synth (cdktf.out), one of its folders stacks/<stack>, or a folder with Terraform code",
    remedy: "Run cdktf synth first, or name the folder",
  });

export const noSuchStack = (given: string, names: readonly string[], meant: string | undefined) =>
  new ScopedKeysRuntimeError("SK321", {
    subject: `stack "${given}"`,
    problem: "no stack has this name. Nothing was planned",
    allowed: names.join(", "),
    remedy: meant === undefined ? "Name one of these" : `Did you mean ${meant}?`,
  });

export const noTerraform = (tried: readonly string[]) =>
  new ScopedKeysRuntimeError("SK322", {
    subject: "terraform",
    problem: `none of these commands was found: ${tried.join(", ")}`,
    remedy: "Install Terraform or OpenTofu, or name the binary with --terraform or TERRAFORM_BINARY_NAME",
  });

export const noReport = (file: string, why: string) =>
  new ScopedKeysRuntimeError("SK323", {
    subject: `report "${file}"`,
    problem: why,
    remedy: "Pass the JSON report of an earlier run with --previous, and a writable file with --report",
  });
