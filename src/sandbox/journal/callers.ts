import { randomBytes } from "node:crypto";
import { lookupKey } from "../doors/credential";

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

/** What a caller signs with. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

interface Known {
  readonly secretAccessKey: string;
  /** Undefined: the command that the sandbox runs, and what it starts. */
  readonly caller?: Caller;
  /** Terraform has it from the guard that looked at its call. */
  readonly guarded?: true;
}

/** Knows callers by the access key that they sign with. Each key is made for this run. */
export class Callers {
  /** Of the command that the sandbox runs. */
  readonly commandKey = newAccessKey("AKIA");
  /** Of Terraform, where the guard looks at its calls first. */
  readonly terraformKey = newAccessKey("AKIA");
  readonly #known = new Map<string, Known>();

  constructor() {
    const { commandKey, terraformKey } = this;
    this.#known.set(lookupKey(commandKey.accessKeyId), { secretAccessKey: commandKey.secretAccessKey });
    this.#known.set(lookupKey(terraformKey.accessKeyId), {
      secretAccessKey: terraformKey.secretAccessKey,
      guarded: true,
    });
  }

  /** Gives a Lambda process an access key of its own. */
  enrol(caller: Caller): AccessKey {
    const key = newAccessKey("ASIA");
    this.#known.set(lookupKey(key.accessKeyId), { secretAccessKey: key.secretAccessKey, caller });
    return key;
  }

  /** Whoever holds the key still is nobody any more. */
  dismiss({ accessKeyId }: AccessKey): void {
    this.#known.delete(lookupKey(accessKeyId));
  }

  /**
   * A key that AWS handed to the command, or to Terraform: of a role that it took, or of a user
   * that it made.
   * @param askedWith the access key id of who asked for it
   */
  learn({ accessKeyId, secretAccessKey }: AccessKey, askedWith: string | undefined): void {
    const guarded = this.isGuarded(askedWith) ? { guarded: true as const } : {};
    this.#known.set(lookupKey(accessKeyId), { secretAccessKey, ...guarded });
  }

  /** Whether Terraform has the key from its guard, or was handed it by AWS afterwards. */
  isGuarded(accessKeyId: string | undefined): boolean {
    return accessKeyId !== undefined && this.#known.get(lookupKey(accessKeyId))?.guarded === true;
  }

  /** @returns undefined where the key is not of this run. */
  secretOf(accessKeyId: string): string | undefined {
    return this.#known.get(lookupKey(accessKeyId))?.secretAccessKey;
  }

  /**
   * @param userAgent tells Terraform's provider from other programs with the command's credentials.
   */
  find(accessKeyId: string | undefined, userAgent: string | undefined): Caller {
    const known = accessKeyId === undefined ? undefined : this.#known.get(lookupKey(accessKeyId));
    if (known === undefined) return UNKNOWN;
    return known.caller ?? { name: /terraform|opentofu/i.test(userAgent ?? "") ? "terraform" : "command" };
  }

  /** What must not be shown. */
  secrets(): string[] {
    return [...this.#known.values()].map(({ secretAccessKey }) => secretAccessKey);
  }
}

/**
 * Shaped as AWS shapes them: an id of a prefix of four and 16 capital letters and digits, a secret
 * of 40 characters.
 */
function newAccessKey(prefix: string): AccessKey {
  const letters = [...randomBytes(16)].map((byte) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[byte % 32]);
  return { accessKeyId: prefix + letters.join(""), secretAccessKey: randomBytes(30).toString("base64url") };
}
