import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { AdminKey, AnthropicIssuer, OpenAiIssuer, OpenAiScope, ScopedKey, Spend } from "../../constructs";
import { parseSecretPayload } from "../../src/model/secret-payload";
import { ledgerItems } from "./support/ledger";
import { blockOf } from "./support/plan";
import { Stacks } from "./support/stacks";
import type { TerraformResult } from "./support/terraform";
import { TEST_TIMEOUT_MILLIS, type World } from "./support/world";
