import type { TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import {
  AdminKey,
  BedrockIssuer,
  ElevenLabsIssuer,
  type Guardrail,
  KeyGuardrails,
  OpenRouterIssuer,
  ScopedKey,
  type ScopedKeyError,
  type ScopedKeyProps,
} from "../../../constructs";
import { refusal, render, WEEKLY } from "../support";

const adminKey = AdminKey.fromSecretName("ai/admin/other");

export const common = {
  owner: "search-team@example.com",
  purpose: "Summaries on the results page",
  lifetime: WEEKLY,
} as const;

/** At a vendor that enforces models and spend per key. */
export function routerKey(scope: Construct, props: Partial<ScopedKeyProps> = {}, id = "translator"): ScopedKey {
  return new ScopedKey(scope, id, {
    issuer: new OpenRouterIssuer(scope, `${id}-router`, { adminKey }),
    ...common,
    ...props,
  });
}

export function bedrockKey(scope: Construct, props: Partial<ScopedKeyProps> = {}, id = "assistant"): ScopedKey {
  const issuer = new BedrockIssuer(scope, `${id}-bedrock`, { regions: ["eu-central-1"] });
  return new ScopedKey(scope, id, { issuer, ...common, ...props });
}

export function speechIssuer(scope: Construct, id = "elevenlabs"): ElevenLabsIssuer {
  return new ElevenLabsIssuer(scope, id, { adminKey, serviceAccountUserId: "sa_1" });
}

/** Errors of the stack's synthesis under these guardrails, declared on the stack itself. */
export function broken(stack: TerraformStack, ...guardrails: Guardrail[]): ScopedKeyError {
  KeyGuardrails.of(stack).add(...guardrails);
  const error = refusal(() => render(stack));
  expect(error.code).toBe("SK176");
  return error;
}

/** Notes that the synthesis left in the stack: `level path: what it begins with, what it found`. */
export function notes(stack: TerraformStack): string[] {
  return stack.node.findAll().flatMap(({ node }) =>
    node.metadata
      .filter(({ type }) => type === "@cdktf/warn" || type === "@cdktf/info")
      .map(({ type, data }) => {
        const lines = String(data).split("\n");
        return [`${type} ${node.path}: ${lines[0]?.trim()}`, ...lines.filter((line) => line.startsWith("    - "))].join(
          "",
        );
      }),
  );
}
