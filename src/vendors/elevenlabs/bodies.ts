/** Bodies as sent. A test holds them against what ElevenLabs' own client sends. */

/** `permissions` could be "all", and never is. */
export interface CreateKeyBody {
  readonly name: string;
  readonly permissions: string[];
  readonly character_limit?: number;
  readonly allowed_ips?: string[];
}

/** Left out, a limit stays as it is; "clear" takes it off. */
export interface UpdateKeyBody {
  readonly permissions: string[];
  readonly character_limit: number | "clear";
  readonly allowed_ips: string[] | "clear";
}
