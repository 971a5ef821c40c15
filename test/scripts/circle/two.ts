import type { Three } from "./three";

export interface Two {
  readonly next: Three;
}
