import { execFileSync } from "node:child_process";
import { exportLines } from "../../src/cli/export-lines";
import type { Sandbox } from "../../src/sandbox";
import { commandEnvironment } from "../../src/sandbox/processes/environment";
import { leadsOut, PREFIXES_LEADING_OUT } from "../../src/sandbox/processes/leading-out";
import { vendorDescriptors } from "../../src/vendors/descriptors";

const ODD = `it's "$HOME" \`x\` \\ !y * {"a":1}`;
const sandbox = {
  exports: { AWS_ACCESS_KEY_ID: "AKIASANDBOX", SANDBOX_ROUTES: '{"api.openai.com":"http://127.0.0.1:1/t"}', ODD },
  pathFolders: ["/tmp/scoped keys/bin"],
} as unknown as Sandbox;
/** As the README's reader may have set them. */
const OUTER = {
  PATH: process.env["PATH"] ?? "",
  HOME: "/home/reader",
  NO_PROXY: "corp.example",
  AWS_PROFILE: "production",
  AWS_SESSION_TOKEN: "token",
  AWS_ENDPOINT_URL_S3: "https://s3.example",
  AWS_CA_BUNDLE: "/etc/ca",
  OPENAI_API_KEY: "of somebody",
  OPENAI_SOMETHING_NEW: "of somebody",
  GOOGLE_APPLICATION_CREDENTIALS: "/home/reader/key.json",
  CO_API_KEY: "of somebody",
  HF_TOKEN: "of somebody",
  TF_TOKEN_app_terraform_io: "of somebody",
  SANDBOX_GROQ_URL: "http://127.0.0.1:2",
  UNRELATED: "stays",
};

function environmentAfter(shell: string): Record<string, string> {
  const script = `set -eu\n${exportLines(sandbox, "sh").join("\n")}\nenv -0\n`;
  const printed = execFileSync(shell, ["-c", script], { env: OUTER, encoding: "utf8" });
  return Object.fromEntries(
    printed
      .split("\0")
      .filter(Boolean)
      .map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
  );
}

describe("what the sandbox prints for another shell", () => {
  test.each(["bash", "sh"])(
    "is sourced by %s as printed: what leads out is gone, the rest arrives unchanged",
    (shell) => {
      const after = environmentAfter(shell);
      expect(after).toMatchObject({ ...sandbox.exports, UNRELATED: "stays", HOME: "/home/reader" });
      expect(after["PATH"]).toBe(`/tmp/scoped keys/bin:${OUTER.PATH}`);
      expect(after["NO_PROXY"]).toBe("127.0.0.1,localhost,corp.example");
      expect(after["no_proxy"]).toBe("127.0.0.1,localhost");
      const gone = Object.keys(OUTER).filter((name) => leadsOut(name));
      expect(gone.length).toBe(11);
      for (const name of gone) expect(after).not.toHaveProperty(name);
    },
  );

  test.each(["=ls", "a:=ls", "a=~", "%self", "+x", "@x", "^x", "a,b", "~", "{a,b}", "x\ny", ""])(
    "quotes %j, which zsh or fish may read as something else",
    (text) => {
      const { exports: _, ...rest } = sandbox;
      for (const shell of ["sh", "fish"] as const) {
        const lines = exportLines({ ...rest, exports: { X: text } } as unknown as Sandbox, shell).join("\n");
        expect(lines).toContain(shell === "sh" ? `export X='${text}'\n` : `set -gx X '${text}'\n`);
      }
    },
  );

  test("names the common variables, for whoever reads it, in both languages", () => {
    expect(exportLines(sandbox, "sh")[0]).toMatch(/^unset .*\bAWS_PROFILE\b.*\bOPENAI_API_KEY\b/);
    expect(exportLines(sandbox, "fish")[0]).toMatch(/^set -e .*\bAWS_PROFILE\b.*\bOPENAI_API_KEY\b/);
  });
});

describe("the environment of a command", () => {
  test("has none of the variables that lead out, whatever they are named", () => {
    const { environment } = commandEnvironment(OUTER, { AWS_REGION: "us-east-1" });
    expect(Object.keys(environment).filter(leadsOut)).toEqual(["AWS_REGION"]);
    expect(environment).toMatchObject({ UNRELATED: "stays", NO_PROXY: "127.0.0.1,localhost,corp.example" });
  });

  test.each([
    ["TF_VAR_api_key", "sk-proj-0123456789abcdef0123"],
    ["MY_SECRET", `Bearer sk-ant-${"a1".repeat(10)}`],
    ["CONFIG", '{"key":"hf_0123456789abcdef0123"}'],
    ["URL_WITH_KEY", "https://example.com/?key=AIza0123456789abcdef0123"],
  ])("lacks %s, whose value looks like a vendor's key, and says so by name", (name, value) => {
    const { environment, withheld } = commandEnvironment({ [name]: value, TF_VAR_region: "eu-central-1" }, {});
    expect(environment).not.toHaveProperty(name);
    expect(environment["TF_VAR_region"]).toBe("eu-central-1");
    expect(withheld).toEqual([name]);
  });

  test.each(vendorDescriptors.map(({ id }) => id))("covers the variables of %s", (id) => {
    expect(leadsOut(`${id.toUpperCase().replaceAll("-", "_")}_API_KEY`)).toBe(true);
  });

  test("is told by prefixes that a pattern can hold", () => {
    for (const prefix of PREFIXES_LEADING_OUT) expect(prefix).toMatch(/^[A-Z][A-Z_]*_$/);
  });
});
