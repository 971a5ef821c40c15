// Bundles the functions of every vendor: lib/lambda/<vendor>/<role>.zip, each with its own vendor's
// adapter only; those in `custom` lack one, which a user's synthesis puts beside the code.
// lib/lambda/hashes.json has the SHA-256 of each, and of those of earlier releases. Source maps go
// to lib/lambda-maps, which is not published. Same sources, same bytes: a zip that changes without
// reason would redeploy every function. Argument: another folder than lib.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { zipSync } from "fflate";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const out = resolve(process.argv[2] ?? join(root, "lib"));
const roles = ["controller", "observer"];

/**
 * In Lambda credentials come from the environment alone; the SSO, INI, process and web identity
 * providers are never reached.
 */
const environmentCredentialsOnly = {
  name: "environment-credentials-only",
  setup(plugin) {
    plugin.onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, () => ({
      path: "credential-provider-node",
      namespace: "environment-credentials",
    }));
    plugin.onLoad({ filter: /.*/, namespace: "environment-credentials" }, () => ({
      contents: 'import { fromEnv } from "@aws-sdk/credential-provider-env"; export const defaultProvider = fromEnv;',
      resolveDir: root,
    }));
  },
};

/** Where the vendor of a function comes from: what is imported, and the expression. */
const vendors = readdirSync(join(root, "src", "vendors"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => {
    const source = readFileSync(join(root, "src", "vendors", name, "adapter.ts"), "utf8");
    const [, adapter] = /^export const (\w+): Vendor\b/m.exec(source) ?? [];
    if (adapter === undefined) throw new Error(`src/vendors/${name}/adapter.ts exports no vendor`);
    return { name, from: `./src/vendors/${name}/adapter`, imported: adapter, vendor: adapter };
  });
const custom = {
  name: "custom",
  from: "./src/custom/deployed-vendor",
  imported: "deployedVendor",
  vendor: "deployedVendor(__dirname)",
};
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
/**
 * `openai/controller`, and of zips that synthesis completes each file:
 * `custom/controller/index.js`.
 */
const hashes = {};
for (const { name, from, imported, vendor } of [...vendors, custom]) {
  for (const role of roles) {
    const result = await build({
      stdin: {
        contents: `import { ${role} } from "./src/handlers/${role}"; import { ${imported} } from "${from}"; export const handler = ${role}(${vendor});`,
        resolveDir: root,
        loader: "ts",
        sourcefile: `${name}-${role}.ts`,
      },
      absWorkingDir: root,
      bundle: true,
      platform: "node",
      target: "node20",
      format: "cjs",
      minify: true,
      sourcemap: "external",
      legalComments: "none",
      mainFields: ["module", "main"],
      outfile: join(out, "lambda", name, role, "index.js"),
      write: false,
      plugins: [environmentCredentialsOnly],
      logLevel: "warning",
    });
    const code = result.outputFiles.find((file) => file.path.endsWith(".js"));
    const map = result.outputFiles.find((file) => file.path.endsWith(".map"));
    const target = join(out, "lambda", name);
    mkdirSync(target, { recursive: true });
    rmSync(join(target, `${role}.zip`), { force: true });
    // A zip has local time without a zone; a fixed local date gives the same bytes everywhere.
    const zip = zipSync({ "index.js": [code.contents, { mtime: new Date(2000, 0, 1), level: 9 }] });
    writeFileSync(join(target, `${role}.zip`), zip);
    hashes[`${name}/${role}`] = sha256(zip);
    if (name === custom.name) hashes[`${name}/${role}/index.js`] = sha256(code.contents);
    mkdirSync(join(out, "lambda-maps", name), { recursive: true });
    writeFileSync(join(out, "lambda-maps", name, `${role}.js.map`), map.contents);
    console.log(`lambda/${name}/${role}.zip  ${Math.round(code.contents.length / 1000)} KB minified`);
  }
}

// What a release was published with stays under its name; code that has changed since is of no
// release yet.
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const released = JSON.parse(readFileSync(join(root, "scripts", "released-code.json"), "utf8"));
const isReleased = version in released && JSON.stringify(released[version]) !== JSON.stringify(hashes);
const releases = { ...released, [isReleased ? `${version}-unreleased` : version]: hashes };
writeFileSync(join(out, "lambda", "hashes.json"), `${JSON.stringify({ releases }, null, 2)}\n`);
