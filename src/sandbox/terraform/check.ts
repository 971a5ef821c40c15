import { closeSync, lstatSync, openSync, readFileSync, readSync } from "node:fs";
import { join, resolve } from "node:path";
import { strFromU8, unzipSync } from "fflate";
import * as v from "valibot";
import { namesIn } from "../processes/names-in";
import {
  type Backend,
  type Configuration,
  readConfiguration,
  testWithBackend,
  UNKNOWN,
  UnreadableConfiguration,
} from "./configuration";
import { foreignState, refusedCommand, remoteBackend, remoteStateRead, uncertainState } from "./errors";
import { type Invocation, isSwitchedOff, optionValues } from "./invocation";
import { beginState, isOfRun, noteState, ownerOf, stateOf } from "./states";

export interface Run {
  readonly id: string;
  readonly folder: string;
  readonly tofu: boolean;
}

/** They touch no state. */
const STATELESS: ReadonlySet<string> = new Set(["fmt", "get", "help", "metadata", "modules", "validate", "version"]);
/** Those that this guard knows to touch the state of the working folder, and no other. */
const KNOWN: ReadonlySet<string> = new Set(
  "apply console destroy force-unlock graph import init output plan providers refresh show state taint test untaint workspace".split(
    " ",
  ),
);
/** They write a state where there was none. */
const BEGINNING: ReadonlySet<string> = new Set(["apply", "destroy", "import", "plan", "refresh"]);
/** Backends that keep the state on this machine, in a file or in the process. */
const LOCAL: ReadonlySet<string> = new Set(["local", "inmem"]);
const DEFAULT_STATE = "terraform.tfstate";
const DEFAULT_WORKSPACES = "terraform.tfstate.d";

/**
 * Lets a call of Terraform pass that touches no state, or the run's alone, and begins that state
 * where there is none.
 * @param dataFolder the run's own `TF_DATA_DIR` for the working folder
 * @throws ScopedKeysRuntimeError SK286, SK287, SK355, SK356 or SK357; nothing was changed then
 */
export function checkInvocation(
  invocation: Invocation,
  run: Run,
  dataFolder: string,
  environment: Readonly<Record<string, string | undefined>>,
): void {
  const { command, args, folder } = invocation;
  if (command === undefined || STATELESS.has(command)) return;
  if (!KNOWN.has(command)) {
    throw refusedCommand(`terraform ${command}`, "the sandbox does not know that this command stays on this machine");
  }
  if (command === "providers" && (args.includes("lock") || args.includes("mirror"))) return;
  if (command === "init") {
    checkInit(args);
    if (isSwitchedOff(args, "backend")) return;
  }

  const backend = backendOf(folder, run.tofu);
  const initialised = initialisedBackend(dataFolder);
  if (initialised !== undefined && !LOCAL.has(initialised.type))
    throw remoteBackend(initialised.type, initialised.file);
  if (command === "apply") checkPlans(invocation, run);
  if (command === "test") checkTests(invocation, run.tofu);
  for (const module of command === "init" ? [] : installedModules(folder, dataFolder)) checkModule(module, run.tofu);

  const state = currentState(invocation, initialised ?? backend, dataFolder, environment);
  const candidates = [...new Set([state, backupOf(state), ...statesInReach(invocation, [backend, initialised])])];
  for (const file of candidates) {
    const owner = ownerOf(file, run.id);
    if (owner !== "absent" && owner !== "run" && owner !== "empty") throw foreignState(file, owner);
  }
  for (const file of optionValues(args, "out").map((given) => resolve(folder, given))) {
    if (ownerOf(file, run.id) === "foreign") throw foreignState(file, "foreign");
  }

  for (const file of candidates) if (!file.endsWith(".backup")) noteState(file, run.folder);
  if (!BEGINNING.has(command)) noteState(state, run.folder);
  else if (ownerOf(state, run.id) !== "run") beginState(state, run.id, run.folder);
}

function checkInit(args: readonly string[]): void {
  if (optionValues(args, "from-module").length > 0) {
    throw refusedCommand("terraform init -from-module", "the configuration is known only after the copy");
  }
  for (const given of optionValues(args, "backend-config")) {
    const [, name, value = ""] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/s.exec(given) ?? [];
    if (name === undefined) throw uncertainState(`-backend-config=${given}`, "the file can name any state");
    if ((name === "path" || name === "workspace_dir") && !/^[^"'$%]+$/.test(value)) {
      throw uncertainState(`-backend-config=${given}`, "the name of a file is expected, without quotes");
    }
  }
}

export function configurationOf(folder: string, tofu: boolean): Configuration {
  try {
    return readConfiguration(folder, tofu);
  } catch (error) {
    if (error instanceof UnreadableConfiguration) throw uncertainState(join(folder, error.file), error.problem);
    // As Terraform says it of a folder that is not there.
    throw uncertainState(folder, "the folder cannot be read");
  }
}

function checkRemoteStates(folder: string, { remoteStates }: Configuration): void {
  const read = remoteStates.find(({ type }) => !LOCAL.has(type));
  if (read !== undefined) throw remoteStateRead(read.type, join(folder, read.file));
}

/** Terraform takes no backend from a module, and reads the states that it names. */
function checkModule(folder: string, tofu: boolean): void {
  checkRemoteStates(folder, configurationOf(folder, tofu));
}

const modulesSchema = v.object({ Modules: v.array(v.object({ Dir: v.string() })) });

/**
 * Folders of all modules, local, downloaded, of modules and of tests: from the list that `init` and
 * `get` write. Terraform uses no module that is not on it.
 */
export function installedModules(folder: string, dataFolder: string): string[] {
  const file = join(dataFolder, "modules", "modules.json");
  if (lstatSync(file, { throwIfNoEntry: false }) === undefined) return [];
  try {
    const { Modules: modules } = v.parse(modulesSchema, JSON.parse(readFileSync(file, "utf8")));
    return [...new Set(modules.map(({ Dir }) => resolve(folder, Dir)))].filter((each) => each !== folder);
  } catch {
    throw uncertainState(file, "Terraform's list of modules cannot be read");
  }
}

/** A test may name a backend of its own for a run. */
function checkTests({ args, folder }: Invocation, tofu: boolean): void {
  const given = optionValues(args, "test-directory").at(-1) ?? "tests";
  for (const each of new Set([folder, resolve(folder, given)])) {
    let found: string | undefined;
    try {
      found = testWithBackend(each, tofu);
    } catch (error) {
      if (error instanceof UnreadableConfiguration) throw uncertainState(join(each, error.file), error.problem);
      throw error;
    }
    if (found !== undefined) throw uncertainState(join(each, found), "a test has a backend of its own");
  }
}

function backendOf(folder: string, tofu: boolean): Backend {
  const configuration = configurationOf(folder, tofu);
  const remote = configuration.backends.find(({ type }) => !LOCAL.has(type));
  if (remote !== undefined) throw remoteBackend(remote.type, join(folder, remote.file));
  checkRemoteStates(folder, configuration);
  const [backend = NO_BACKEND, another] = configuration.backends;
  if (another !== undefined) throw uncertainState(join(folder, another.file), "there is a second backend");
  if (backend.path === UNKNOWN || backend.workspaceDir === UNKNOWN) {
    throw uncertainState(join(folder, backend.file), "the file of the state is no plain text");
  }
  return backend;
}

const NO_BACKEND: Backend = { type: "local", file: "" };

const initialisedSchema = v.object({
  backend: v.optional(
    v.object({
      type: v.string(),
      config: v.nullish(v.looseObject({ path: v.nullish(v.string()), workspace_dir: v.nullish(v.string()) })),
    }),
  ),
});

/**
 * What `init` has settled on, `-backend-config` included: Terraform's own note in its data folder.
 */
function initialisedBackend(dataFolder: string): Backend | undefined {
  const file = join(dataFolder, "terraform.tfstate");
  if (lstatSync(file, { throwIfNoEntry: false }) === undefined) return undefined;
  try {
    const { backend } = v.parse(initialisedSchema, JSON.parse(readFileSync(file, "utf8")));
    if (backend === undefined) return undefined;
    const { path, workspace_dir: workspaceDir } = backend.config ?? {};
    return { type: backend.type, file, path: path ?? undefined, workspaceDir: workspaceDir ?? undefined };
  } catch {
    throw uncertainState(file, "Terraform's note on its backend cannot be read");
  }
}

/**
 * Every file that the call can take for a state or overwrite as one: more than it will, rather than
 * less.
 */
function statesInReach({ folder, command, args }: Invocation, backends: ReadonlyArray<Backend | undefined>): string[] {
  const known = backends.filter((backend) => backend !== undefined);
  const configured = command === "init" ? optionValues(args, "backend-config") : [];
  const setting = (name: string) =>
    configured.flatMap((given) => {
      const [, option, value = ""] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/s.exec(given) ?? [];
      return option === name ? [value] : [];
    });
  const files = [
    DEFAULT_STATE,
    ...known.map(({ path }) => path || DEFAULT_STATE),
    ...setting("path"),
    ...optionValues(args, "state"),
    ...optionValues(args, "state-out"),
    "errored.tfstate",
  ];
  const folders = [
    DEFAULT_WORKSPACES,
    ...known.map(({ workspaceDir }) => workspaceDir || DEFAULT_WORKSPACES),
    ...setting("workspace_dir"),
  ];
  const ofWorkspaces = folders.flatMap((each) =>
    namesIn(resolve(folder, each)).map((name) => join(each, name, DEFAULT_STATE)),
  );
  const states = [...files, ...ofWorkspaces].map((file) => resolve(folder, file));
  const backups = ["backup", "backup-out"].flatMap((name) => optionValues(args, name)).filter((file) => file !== "-");
  return [
    ...new Set([...states.flatMap((file) => [file, backupOf(file)]), ...backups.map((file) => resolve(folder, file))]),
  ];
}

function backupOf(state: string): string {
  return `${state}.backup`;
}

/** The state that the call begins where there is none. */
function currentState(
  { folder, args }: Invocation,
  { path, workspaceDir }: Backend,
  dataFolder: string,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const given = optionValues(args, "state").at(-1);
  if (given !== undefined && given !== "") return resolve(folder, given);
  const workspace = environment["TF_WORKSPACE"] || selectedWorkspace(dataFolder);
  if (workspace === "default") return resolve(folder, path || DEFAULT_STATE);
  return resolve(folder, workspaceDir || DEFAULT_WORKSPACES, workspace, DEFAULT_STATE);
}

function selectedWorkspace(dataFolder: string): string {
  try {
    return readFileSync(join(dataFolder, "environment"), "utf8").trim() || "default";
  } catch {
    return "default";
  }
}

/** Options of `apply` whose value may be the next argument. */
const WITH_VALUE: ReadonlySet<string> = new Set(
  "backup exclude exclude-file lock-timeout parallelism replace state state-out target target-file var var-file".split(
    " ",
  ),
);

/** A saved plan brings its own backend, so it must be one that was made of this run's state. */
function checkPlans({ args, folder }: Invocation, run: Run): void {
  const plain = args.filter((arg, at) => {
    const before = /^--?([^=]+)$/.exec(args[at - 1] ?? "")?.[1];
    return !arg.startsWith("-") && !(before !== undefined && WITH_VALUE.has(before));
  });
  for (const given of plain) {
    const file = resolve(folder, given);
    if (lstatSync(file, { throwIfNoEntry: false }) === undefined) continue;
    const lineage = lineageOfPlan(file);
    if (lineage === undefined || !isOfRun(lineage, run.id)) {
      throw uncertainState(file, "the saved plan was not made in this run of the sandbox");
    }
  }
}

/** A saved plan is a zip that holds the state it was made of. */
function lineageOfPlan(file: string): string | undefined {
  try {
    if (!startsAsZip(file)) return undefined;
    const { tfstate } = unzipSync(readFileSync(file), { filter: ({ name }) => name === "tfstate" });
    return tfstate === undefined ? undefined : stateOf(JSON.parse(strFromU8(tfstate)))?.lineage;
  } catch {
    return undefined;
  }
}

function startsAsZip(file: string): boolean {
  const descriptor = openSync(file, "r");
  try {
    const head = Buffer.alloc(4);
    readSync(descriptor, head);
    return head.toString("latin1") === "PK\u0003\u0004";
  } finally {
    closeSync(descriptor);
  }
}
