import { type Answer, answerOf, any } from "./answer";
import type { PrincipalElement } from "./document";
import { compile, matches, type Pattern } from "./pattern";

/**
 * Who asks. `arn` of an assumed role's session:
 * `arn:aws:sts::111122223333:assumed-role/app/session`; `roleArn` is the role's own.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
export type Principal =
  | { readonly kind: "user"; readonly arn: string }
  | { readonly kind: "role"; readonly arn: string; readonly roleArn: string }
  | { readonly kind: "root"; readonly arn: string }
  | { readonly kind: "service"; readonly name: string }
  | { readonly kind: "federated"; readonly provider: string }
  | { readonly kind: "anonymous" };

export function accountOf(principal: Principal): string | undefined {
  return "arn" in principal ? principal.arn.split(":")[4] : undefined;
}

/**
 * How a resource's policy names a principal: by itself, or by its account, whose own policies then
 * decide.
 */
export type Naming = "direct" | "session" | "account";

export const NAMINGS: readonly Naming[] = ["direct", "session", "account"];

export function namedBy(entries: PrincipalElement["entries"], principal: Principal, naming: Naming): Answer {
  if (entries === "everybody") return answerOf(naming === "direct");
  switch (principal.kind) {
    case "service":
      return answerOf(naming === "direct" && listed(entries, "Service", principal.name) === "yes");
    case "federated":
      return naming === "direct" ? listed(entries, "Federated", principal.provider) : "no";
    case "anonymous":
      return answerOf(naming === "direct" && (entries.get("AWS") ?? []).includes("*"));
    default:
      return any(
        (entries.get("AWS") ?? []).map((entry) =>
          awsNamed(entry, principal, naming === "account", naming === "session"),
        ),
      );
  }
}

function awsNamed(
  entry: string,
  principal: Extract<Principal, { arn: string }>,
  byAccount: boolean,
  bySession: boolean,
): Answer {
  // No wildcard is one in a principal's name.
  const pattern = compile(entry, { literal: true });
  if (byAccount) {
    if (entry === "*" || pattern.includes("/")) return "no";
    const account = /^(?:arn:[^:]*:iam::)?([^:]*)(?::root)?$/.exec(pattern)?.[1] ?? "";
    return matches(account as Pattern, accountOf(principal) ?? "");
  }
  if (entry === "*") return answerOf(!bySession);
  if (principal.kind === "role") return matches(pattern, bySession ? principal.arn : principal.roleArn);
  return bySession ? "no" : matches(pattern, principal.arn);
}

function listed(entries: ReadonlyMap<string, readonly string[]>, kind: string, name: string): Answer {
  return any((entries.get(kind) ?? []).map((entry) => matches(compile(entry, { literal: true }), name)));
}
