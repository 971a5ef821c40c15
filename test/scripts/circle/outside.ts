import type { One } from "./one";

export type Outside = One;
