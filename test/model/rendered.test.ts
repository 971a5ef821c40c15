import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic";
import { App, TerraformStack } from "cdktf";
import {
  AdminKey,
  DriftDetection,
  Duration,
  KeyIssuer,
  Lifetime,
  OpenAiIssuer,
  OpenAiScope,
  ScopedKey,
  Spend,
} from "../../constructs";
import { runReview } from "../../src/cli/review/run-review";
import { RENDERED } from "../../src/model/rendered";
import { blocksOf, type Rules } from "../../src/model/rendered/rule";
import { isAttributes } from "../../src/review/resources";
import { declareEveryVendor } from "../../examples/every-vendor/main";
