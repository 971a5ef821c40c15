export type VendorErrorKind =
  /** 401 or 403 on an admin call: the admin key is wrong, expired or lacks a permission. */
  | "admin_refused"
  | "not_found"
  | "conflict"
  /** 400 or 422: the same request will never succeed. */
  | "invalid"
  | "throttled"
  /** Not sent: the pacer has no turn that comes while the run can wait. */
  | "queue_timeout"
  /** 5xx, a broken connection, a time-out: whether the effect happened is not known. */
  | "unavailable"
  /** A look with a key was refused in words that say nothing certain of the key. */
  | "no_verdict"
  /** An answer that does not follow the vendor's schema. */
  | "unexpected";

/** The one error that adapters throw. Its message holds no secret. */
export class VendorError extends Error {
  override readonly name = "VendorError";
  readonly kind: VendorErrorKind;
  /** Method and path template, e.g. `POST /organization/projects/{project}/service_accounts`. */
  readonly call: string;
  readonly status: number | undefined;
  /** From `Retry-After`, where the vendor sent one. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    kind: VendorErrorKind,
    call: string,
    message: string,
    details: { status?: number; retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.kind = kind;
    this.call = call;
    this.status = details.status;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}
