import { prefixesOf } from "../../model/key-formats";
import type { VendorDescriptor } from "../../model/vendor-descriptor";

/**
 * Pinecone as its OpenAPI documents of version 2026-04 describe it (`admin`, `oauth`,
 * `db_control`).
 *
 * Enforcement: an API key of a project has roles, which open the control plane (indexes, backups,
 * collections, assistants), the data plane, or both, to read or to write. There is neither expiry
 * nor limit: the sweep ends keys. Keys have no times.
 *
 * Unverified: that a key whose roles do not open a call is answered 403 with `FORBIDDEN` or
 * `PERMISSION_DENIED`, as the list of codes suggests (a 401 counts as a key that Pinecone does not
 * know); how soon a deleted key, which is deleted after the answer, opens no index any more; which
 * characters a name may have; how many admin calls are answered.
 */
export const pineconeDescriptor: VendorDescriptor = {
  id: "pinecone",
  displayName: "Pinecone",
  strategy: "additive",
  baseUrls: ["https://api.pinecone.io"],
  otherUrls: ["https://login.pinecone.io/oauth/token"],
  enforcement: {
    permissions: "key",
    endpoints: "nobody",
    models: "nobody",
    requestsPerMinute: "nobody",
    tokensPerMinute: "nobody",
    spend: "nobody",
    characters: "nobody",
    expiry: "nobody",
    sourceIp: "nobody",
  },
  inPlace: { grant: true, expiry: false },
  scopes: {
    ProjectEditor: "Read and write all of the project's data: both planes",
    ProjectViewer: "Read all of the project's data: both planes",
    ControlPlaneEditor: "List, describe, create, configure and delete indexes, backups, collections and assistants",
    ControlPlaneViewer: "List and describe indexes, backups, collections and assistants",
    DataPlaneEditor: "Query and change the data of indexes, use assistants and inference",
    DataPlaneViewer: "Query, fetch and list the data of indexes, use assistants and inference",
  },
  // There is no expiry to have a maximum; a year is what the other vendors have.
  maxExpirySeconds: 31_536_000,
  activation: { typicalSeconds: 10, worstSeconds: 3_600, source: "not documented" },
  revocation: {
    typicalSeconds: 60,
    worstSeconds: 900,
    source: "a deletion is answered 202: it is accepted, and carried out later",
  },
  accountGone: {
    proof: "the project does not exist, while the service account lists the projects of its organisation",
    reversal: "a deleted project does not come back: its API keys are deleted with it",
  },
  adminCallsPerMinute: 60,
  keyNamePattern: /^[\x20-\x7e]{1,80}$/,
  adminPermission: "a service account that may manage the project's API keys (role ProjectOwner)",
  valuePrefixes: prefixesOf("pinecone"),
};
