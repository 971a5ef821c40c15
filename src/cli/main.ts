import "./operator-commands/hide-adopted-value";
import { ScopedKeysRuntimeError } from "../model/errors";
import { tell } from "../output/streams";
import { lines } from "../output/terminal";
import { hideValues } from "./hide-values";
import { createProgram } from "./program";

// The SDK's notice on the end of Node 20 would stand in the middle of an answer.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

createProgram()
  .parseAsync(process.argv)
  .catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    tell(lines(hideValues(`scoped-keys: ${message}`, process.argv.slice(2))));
    process.exitCode = error instanceof ScopedKeysRuntimeError ? error.exitCode : 1;
  });
