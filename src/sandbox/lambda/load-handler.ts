import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { streams } from "./response-stream";

export interface LambdaHandler {
  readonly call: (event: unknown, context: unknown, callback: unknown) => unknown;
  /** Declares a third parameter, so a return of `undefined` is not yet an answer. */
  readonly takesCallback: boolean;
  /** Its second parameter is a stream that it writes its answer to; the third is the context. */
  readonly streams: boolean;
}

/** An error with the name by which Lambda reports failures before the first invocation. */
export class InitError extends Error {
  constructor(name: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = name;
  }
}

/**
 * Loads `folder/file.name`: CommonJS, or ES modules (`.mjs`, or `.js` beside a package.json that
 * says so).
 */
export async function loadHandler(codeDirectory: string, handler: string): Promise<LambdaHandler> {
  const parts = /^([^.]*)\.(.+)$/.exec(basename(handler));
  const [, moduleName, exportPath] = parts ?? [];
  if (moduleName === undefined || exportPath === undefined) {
    throw new InitError("Runtime.MalformedHandlerName", `Bad handler "${handler}"`);
  }
  let found = await loadModule(join(codeDirectory, dirname(handler), moduleName), codeDirectory, moduleName);
  for (const name of exportPath.split(".")) {
    found = typeof found === "object" && found !== null ? Reflect.get(found, name) : undefined;
  }
  if (typeof found !== "function") {
    throw new InitError("Runtime.HandlerNotFound", `${handler} is undefined or not exported`);
  }
  const callable = found;
  return {
    call: (event, context, callback) => Reflect.apply(callable, undefined, [event, context, callback]),
    takesCallback: callable.length >= 3,
    streams: streams(callable),
  };
}

async function loadModule(path: string, codeDirectory: string, name: string): Promise<unknown> {
  const file = [`${path}.js`, `${path}.mjs`, `${path}.cjs`].find((candidate) => existsSync(candidate));
  if (file === undefined) {
    throw new InitError("Runtime.ImportModuleError", `Error: Cannot find module '${name}' in ${codeDirectory}`);
  }
  try {
    return isEsModule(file, codeDirectory) ? await import(file) : require(file);
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new InitError("Runtime.UserCodeSyntaxError", String(error), { cause: error });
    if (error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND") {
      throw new InitError("Runtime.ImportModuleError", String(error), { cause: error });
    }
    throw error;
  }
}

function isEsModule(file: string, codeDirectory: string): boolean {
  if (!file.endsWith(".js")) return file.endsWith(".mjs");
  const packageFile = join(codeDirectory, "package.json");
  if (!existsSync(packageFile)) return false;
  const content: unknown = JSON.parse(readFileSync(packageFile, "utf8"));
  return typeof content === "object" && content !== null && "type" in content && content.type === "module";
}
