/**
 * Policy documents of IAM: what they say, and what they let whom do. Nothing of Terraform, of keys
 * or of a network is known here. `decide` answers for one request, as whoever enforces policies
 * asks it; `rightsOf` answers for all requests on some resources, as a reviewer asks it.
 */
export * from "./answer";
export * from "./context";
export * from "./decide";
export * from "./document";
export * from "./pattern";
export * from "./principal";
export * from "./rights";
export * from "./statement";
