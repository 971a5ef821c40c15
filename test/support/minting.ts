export { minting } from "../../src/testing/minting";
