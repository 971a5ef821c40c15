import { Refusal } from "../../../sandbox/vendors/router";
import type { SimulatorResponse } from "../../../sandbox/vendors/simulator";

/** A refusal with Cloudflare's number for it. */
export class CloudflareRefusal extends Refusal {
  constructor(
    status: number,
    readonly code: number,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(status, message, headers);
  }
}

export function authenticationError(status: 401 | 403): CloudflareRefusal {
  return new CloudflareRefusal(status, 10_000, "Authentication error");
}

export function ok(result: unknown, resultInfo?: object): SimulatorResponse {
  const info = resultInfo === undefined ? {} : { result_info: resultInfo };
  return { status: 200, body: { success: true, errors: [], messages: [], result, ...info } };
}

export function refused(refusal: Refusal): SimulatorResponse {
  const { status, headers, message } = refusal;
  const code = refusal instanceof CloudflareRefusal ? refusal.code : status === 404 ? 7_003 : 1_001;
  return { status, headers, body: { success: false, errors: [{ code, message }], messages: [], result: null } };
}
