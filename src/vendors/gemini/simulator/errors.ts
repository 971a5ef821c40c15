import { Refusal } from "../../../sandbox/vendors/router";

const STATUS_NAMES: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  409: "ALREADY_EXISTS",
  429: "RESOURCE_EXHAUSTED",
};

/** A refusal with Google's reason for it, e.g. `API_KEY_INVALID`. */
export class GoogleRefusal extends Refusal {
  constructor(
    status: number,
    message: string,
    readonly reason: string,
    readonly statusName?: string,
  ) {
    super(status, message);
  }
}

/** `google.rpc.Status` as JSON. */
export function envelope(refusal: Refusal): object {
  const { status: code, message } = refusal;
  const { reason, statusName } =
    refusal instanceof GoogleRefusal ? refusal : { reason: undefined, statusName: undefined };
  const details =
    reason === undefined
      ? {}
      : { details: [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason, domain: "googleapis.com" }] };
  return { error: { code, message, status: statusName ?? STATUS_NAMES[code] ?? "UNKNOWN", ...details } };
}
