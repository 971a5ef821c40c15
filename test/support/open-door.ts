import type { Door } from "../../src/sandbox/doors/door";

/** For servers that tests put in the place of somebody else's. */
export const OPEN_DOOR: Door = { prefix: "", maxBodyBytes: 64 * 1_024 * 1_024, admit: ({ url }) => ({ url }) };
