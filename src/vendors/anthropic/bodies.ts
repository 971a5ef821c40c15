/** Body as sent. A test holds it against the parameter type of Anthropic's own client. */
export interface UpdateKeyBody {
  readonly status: "inactive" | "archived";
}
