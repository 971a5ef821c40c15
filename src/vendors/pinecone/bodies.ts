/**
 * Bodies as sent: `CreateAPIKeyRequest` and `UpdateAPIKeyRequest` of the admin API, `TokenRequest`
 * of the OAuth API.
 */

/** Without `roles` a key may do everything in the project. */
export interface CreateKeyBody {
  readonly name: string;
  readonly roles: readonly string[];
}

/** All roles: those that are left out are taken away. */
export interface UpdateKeyBody {
  readonly roles: readonly string[];
}

export interface TokenBody {
  readonly grant_type: "client_credentials";
  readonly client_id: string;
  readonly client_secret: string;
  readonly audience: "https://api.pinecone.io/";
}
