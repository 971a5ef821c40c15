import { createProgram } from "./program";

createProgram()
  .parseAsync(process.argv)
  .catch((error: unknown) => {
    console.error(`scoped-keys: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  });
