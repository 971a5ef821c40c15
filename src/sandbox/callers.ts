import { randomBytes } from "node:crypto";

/** Who made a call. */
export interface Caller {
  /** `terraform`, `command`, `lambda:<function>` or `unknown`. */
  readonly name: string;
  /** Only Lambda processes: id of the invocation that is running. */
  readonly requestId?: () => string | undefined;
  /** Only Lambda processes: ends the process with SIGKILL. */
  readonly kill?: () => void;
}

const UNKNOWN: Caller = { name: "unknown" };

/** Knows callers by the access key id they sign with. */
export class Callers {
  /** Of the command that the sandbox runs. */
  readonly commandKeyId = newAccessKeyId("AKIA");
  readonly #lambdas = new Map<string, Caller>();

  /** Gives a Lambda process an access key id of its own. */
  enrol(caller: Caller): string {
    const id = newAccessKeyId("ASIA");
    this.#lambdas.set(id, caller);
    return id;
  }

  /** @param userAgent tells Terraform's provider from other programs with the command's credentials. */
  find(accessKeyId: string | undefined, userAgent: string | undefined): Caller {
    if (accessKeyId === undefined) return UNKNOWN;
    if (accessKeyId === this.commandKeyId) {
      return { name: /terraform|opentofu/i.test(userAgent ?? "") ? "terraform" : "command" };
    }
    return this.#lambdas.get(accessKeyId) ?? UNKNOWN;
  }
}

/** Shaped as AWS shapes them: a prefix of four and 16 capital letters and digits. */
function newAccessKeyId(prefix: string): string {
  return prefix + [...randomBytes(16)].map((byte) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[byte % 32]).join("");
}
