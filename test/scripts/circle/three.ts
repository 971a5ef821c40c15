export type { One as Three } from "./one";
