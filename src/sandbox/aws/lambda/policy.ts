import { matchesGlob } from "../../time-and-faults/glob";
import { ACCOUNT_ID } from "../account";
import { LambdaError } from "./error";
import type { PermissionInput } from "./schemas";

/** A service that wants to invoke a function, and for which of its resources. */
export interface InvokeRequest {
  /** `secretsmanager.amazonaws.com` */
  readonly principal: string;
  readonly sourceArn: string;
}

/** A function's resource-based policy. */
export class FunctionPolicy {
  readonly #functionArn: string;
  readonly #statements = new Map<string, PermissionInput>();

  constructor(functionArn: string) {
    this.#functionArn = functionArn;
  }

  get empty(): boolean {
    return this.#statements.size === 0;
  }

  /** @returns the statement as JSON text. */
  add(permission: PermissionInput): string {
    if (this.#statements.has(permission.StatementId)) {
      throw new LambdaError(
        409,
        "ResourceConflictException",
        `The statement id (${permission.StatementId}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
      );
    }
    this.#statements.set(permission.StatementId, permission);
    return JSON.stringify(statementOf(permission, this.#functionArn));
  }

  remove(statementId: string): boolean {
    return this.#statements.delete(statementId);
  }

  toJson(): string {
    const statements = [...this.#statements.values()].map((permission) => statementOf(permission, this.#functionArn));
    return JSON.stringify({ Version: "2012-10-17", Id: "default", Statement: statements });
  }

  allows(request: InvokeRequest): boolean {
    return [...this.#statements.values()].some(
      (permission) =>
        (permission.Principal === request.principal || permission.Principal === "*") &&
        matchesGlob(permission.Action.toLowerCase(), "lambda:invokefunction") &&
        (permission.SourceAccount === undefined || permission.SourceAccount === ACCOUNT_ID) &&
        (permission.SourceArn === undefined || arnLike(permission.SourceArn, request.sourceArn)) &&
        // Neither organisations nor event source tokens exist here, so a statement that asks for
        // one lets nobody in.
        permission.PrincipalOrgID === undefined &&
        permission.EventSourceToken === undefined,
    );
  }
}

/** IAM's ArnLike: each of the six parts is matched by itself. */
export function arnLike(pattern: string, arn: string): boolean {
  const split = (text: string) => {
    const parts = text.split(":");
    return [...parts.slice(0, 5), parts.slice(5).join(":")];
  };
  const wanted = split(pattern);
  const given = split(arn);
  return wanted.length === given.length && wanted.every((part, i) => matchesGlob(part, given[i] ?? ""));
}

function statementOf(permission: PermissionInput, functionArn: string): object {
  const equals: Record<string, string> = {};
  if (permission.SourceAccount !== undefined) equals["AWS:SourceAccount"] = permission.SourceAccount;
  if (permission.PrincipalOrgID !== undefined) equals["aws:PrincipalOrgID"] = permission.PrincipalOrgID;
  if (permission.EventSourceToken !== undefined) equals["lambda:EventSourceToken"] = permission.EventSourceToken;
  if (permission.FunctionUrlAuthType !== undefined) {
    equals["lambda:FunctionUrlAuthType"] = permission.FunctionUrlAuthType;
  }
  const condition = {
    ...(Object.keys(equals).length === 0 ? {} : { StringEquals: equals }),
    ...(permission.SourceArn === undefined ? {} : { ArnLike: { "AWS:SourceArn": permission.SourceArn } }),
  };
  return {
    Sid: permission.StatementId,
    Effect: "Allow",
    Principal: principalOf(permission.Principal),
    Action: permission.Action,
    Resource: functionArn,
    ...(Object.keys(condition).length === 0 ? {} : { Condition: condition }),
  };
}

function principalOf(principal: string): unknown {
  if (principal === "*") return "*";
  if (principal.endsWith(".amazonaws.com")) return { Service: principal };
  return { AWS: /^\d{12}$/.test(principal) ? `arn:aws:iam::${principal}:root` : principal };
}
