import type { SimulatorResponse } from "../../../sandbox/vendors/simulator";

/** An answer in OpenAI's error envelope. Thrown inside the simulator, sent as it is. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;

  constructor(
    status: number,
    message: string,
    details: { type?: string; param?: string | null; code?: string | null } = {},
  ) {
    super(message);
    this.status = status;
    this.type = details.type ?? "invalid_request_error";
    this.param = details.param ?? null;
    this.code = details.code ?? null;
  }

  response(): SimulatorResponse {
    const { message, type, param, code } = this;
    return { status: this.status, body: { error: { message, type, param, code } } };
  }
}

export const noKey = () =>
  new ApiError(
    401,
    "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth " +
      "(i.e. Authorization: Bearer YOUR_KEY). You can obtain an API key from https://platform.openai.com/account/api-keys.",
  );

/** Like OpenAI, shows the first eight and the last four characters. */
export const incorrectKey = (value: string) => {
  const shown =
    value.length <= 16 ? "*".repeat(value.length) : `${value.slice(0, 8)}${"*".repeat(24)}${value.slice(-4)}`;
  return new ApiError(
    401,
    `Incorrect API key provided: ${shown}. You can find your API key at https://platform.openai.com/account/api-keys.`,
    { code: "invalid_api_key" },
  );
};

/** Of calls with a key of an archived project. */
export const archivedProject = () =>
  new ApiError(401, "The project you are requesting has been archived and is no longer accessible.", {
    code: "not_authorized_invalid_project",
  });

/** Of what would change an archived project, or anything in it. */
export const projectArchived = (project: string) =>
  new ApiError(400, `Project '${project}' is archived. You can only update an active project.`, {
    code: "project_archived",
  });

/** OpenAI answers 401 and no code; only the message tells it from a dead key. */
export const missingScopes = (scopes: readonly string[]) =>
  new ApiError(
    401,
    `You have insufficient permissions for this operation. Missing scopes: ${scopes.join(", ")}. Check that you have the ` +
      "correct role in your organization (Reader, Writer, Owner) and project (Viewer, Member, Owner), and if you're using a " +
      "restricted API key, that it has the necessary scopes.",
  );

export const forbidden = (message: string) => new ApiError(403, message);

export const notFound = (message: string, param: string | null = null) =>
  new ApiError(404, message, { param, code: "not_found" });

export const badRequest = (message: string, param: string | null = null, code: string | null = null) =>
  new ApiError(400, message, { param, code });

export const invalidUrl = (method: string, path: string) => new ApiError(404, `Invalid URL (${method} ${path})`);

export const notAllowed = (method: string, path: string) =>
  new ApiError(405, `Not allowed to ${method} on ${path} (HINT: Perhaps you meant to use a different HTTP method?)`);

/** The Admin API sends neither `Retry-After` nor rate-limit headers with it. */
export const throttled = () =>
  new ApiError(429, "Rate limit reached for requests. Please try again later.", {
    type: "requests",
    code: "rate_limit_exceeded",
  });
