import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { transformSync } from "@swc/core";
import { SaxesParser } from "saxes";
import * as constructs from "../../constructs";
import { pictures, TRANSCRIPT } from "../../scripts/pictures";
import { transcriptOf } from "../../scripts/pictures/recording";
import { generatedFiles } from "../../scripts/vendors";
import { vendorDescriptors } from "../../src/vendors/descriptors";

const ROOT = join(__dirname, "../..");
const PAGES = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  ...pagesOf("docs"),
  ...pagesOf("docs/decisions"),
  ...pagesOf("docs/vendors"),
  ...pagesOf("docs/rules"),
  ...pagesOf("docs/cli"),
];
const readme = readFileSync(join(ROOT, "README.md"), "utf8");

function pagesOf(folder: string): string[] {
  return readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `${folder}/${name}`);
}

function typescriptOf(page: string): string[] {
  const text = readFileSync(join(ROOT, page), "utf8");
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = ""]) => code);
}

/**
 * What the fragments on the pages take for granted: names of the package, some resources, and these
 * objects.
 */
function programOf(code: string): string {
  const used = Object.keys(constructs).filter((name) => new RegExp(`\\b${name}\\b`).test(code));
  return `
import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import type { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import type { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import type { SecretsmanagerSecret } from "@cdktf/provider-aws/lib/secretsmanager-secret";
import type { TerraformStack } from "cdktf";
import type * as library from "cdktf-scoped-keys";
import { ${used.join(", ")} } from "cdktf-scoped-keys";
declare const issuer: library.OpenAiIssuer;
declare const stack: TerraformStack;
declare const appRole: IamRole;
declare const key: library.ScopedKey;
declare const summariser: library.ScopedKey;
void [CloudwatchEventRule, CloudwatchMetricAlarm, issuer, stack, appRole, key, summariser];
{
${code}
}
`;
}

describe.each(vendorDescriptors)("docs/vendors/$id.md", ({ id, displayName }) => {
  test("has the vendor's name", () => {
    expect(readFileSync(join(ROOT, `docs/vendors/${id}.md`), "utf8")).toMatch(new RegExp(`^# ${displayName}\n`));
  });
});

describe("README", () => {
  test("says of each dimension and vendor who enforces it, as the descriptors do", () => {
    for (const [path, text] of Object.entries(generatedFiles(vendorDescriptors))) {
      expect([path, readFileSync(join(ROOT, path), "utf8")]).toEqual([path, text]);
    }
  });

  test("opens with a program of 15 lines after its imports that can be synthesised", () => {
    // GIVEN
    const [program = ""] = typescriptOf("README.md");
    const statements = program.split("\n").filter((line) => line !== "" && !line.startsWith("import "));
    const outdir = mkdtempSync(join(tmpdir(), "readme-"));
    const saved = process.env["CDKTF_OUTDIR"];
    process.env["CDKTF_OUTDIR"] = outdir;

    // WHEN
    const { code } = transformSync(program, {
      jsc: { parser: { syntax: "typescript" } },
      module: { type: "commonjs" },
    });
    const load = (name: string): unknown =>
      jest.requireActual(name === "cdktf-scoped-keys" ? "../../constructs" : name);
    try {
      new Function("require", "exports", code)(load, {});

      // THEN
      expect(statements).toHaveLength(15);
      const synthesised = readFileSync(join(outdir, "stacks/ai-keys/cdk.tf.json"), "utf8");
      expect(synthesised).toContain('"ai-keys/openai/summariser"');
    } finally {
      if (saved === undefined) delete process.env["CDKTF_OUTDIR"];
      else process.env["CDKTF_OUTDIR"] = saved;
      rmSync(outdir, { recursive: true });
    }
  });

  test("opens with what it is, an example and the two commands", () => {
    const commands = readme.indexOf("npm ci && npm run demo");
    expect(commands).toBeGreaterThan(readme.indexOf("```ts"));
    expect(readme.indexOf("npm test")).toBeGreaterThan(commands);
    expect(readme.slice(0, commands)).not.toMatch(/^## /m);
  });
});

describe("glossary", () => {
  const glossary = readFileSync(join(ROOT, "docs/glossary.md"), "utf8");
  const words = [...glossary.matchAll(/^\| \*\*(.+?)\*\* \|/gm)].map(([, word = ""]) => word);

  test("has each word once, and at most 25", () => {
    expect(words.length).toBeGreaterThan(0);
    expect(words.length).toBeLessThanOrEqual(25);
    expect(new Set(words).size).toBe(words.length);
  });

  test("is linked from README and CONTRIBUTING", () => {
    expect(readme).toContain("](docs/glossary.md)");
    expect(readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8")).toContain("](docs/glossary.md)");
  });
});

describe("pictures", () => {
  const files = Object.entries(pictures());

  test.each(files)("%s follows from its source: npm run pictures", (path, picture) => {
    expect(readFileSync(join(ROOT, path), "utf8")).toBe(picture);
    expect(readme).toContain(`](${path})`);
  });

  test.each(files)("%s is well-formed XML that loads nothing", (_, picture) => {
    const parser = new SaxesParser();
    parser.on("error", (error) => {
      throw error;
    });
    parser.write(picture).close();
    expect(picture).not.toMatch(/<script|href|url\((?!#)/);
  });

  test("the recording has every step of the demo, and no duration and no path of the machine that recorded it", () => {
    const transcript = readFileSync(join(ROOT, TRANSCRIPT), "utf8");
    const titles = [...transcript.matchAll(/^(\d+)\. /gm)].map(([, number]) => Number(number));
    expect(titles).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(transcript).not.toMatch(/ after (?:\d+m)?\d+s\b|\bin \d+ s\b|127\.0\.0\.1|\/(?:home|root|tmp|work|Users)\//);
  });

  test("the plan that README quotes is the recorded one", () => {
    const transcript = readFileSync(join(ROOT, TRANSCRIPT), "utf8");
    const [, quoted = ""] = /^```\n( {2}# aws_lambda_invocation.*?)^```$/ms.exec(readme) ?? [];
    const lines = quoted.split("\n").filter((line) => line !== "" && line !== "…");
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.filter((line) => !transcript.includes(line))).toEqual([]);
  });

  test("a demo that did not come to its end is not recorded", () => {
    const end = "\nAll 1 steps showed what they must, in 9 s.";
    const printed = "  built\n1. Deploy\n\n  │ key: Creation complete after 3s [id=x]\n";
    expect(() => transcriptOf(printed)).toThrow("did not come to its end");
    expect(transcriptOf(`${printed}${end}`)).toBe("1. Deploy\n\n  │ key: Creation complete [id=x]\n");
  });
});

describe("pages", () => {
  test("hold TypeScript that the compiler takes", () => {
    // GIVEN a folder in the project, where the package finds itself by name
    const parent = join(ROOT, ".sandbox");
    mkdirSync(parent, { recursive: true });
    const folder = mkdtempSync(join(parent, "pages-"));
    try {
      const blocks = PAGES.flatMap((page) => typescriptOf(page).map((code) => ({ page, code })));
      expect(blocks.length).toBeGreaterThan(3);
      blocks.forEach(({ page, code }, index) => {
        const program = /^import /m.test(code) ? code : programOf(code);
        writeFileSync(join(folder, `${page.replaceAll("/", "-")}-${index}.ts`), `${program}\nexport {};\n`);
      });
      const settings = {
        extends: "../../tsconfig.json",
        compilerOptions: { rootDir: "../..", outDir: "../../lib" },
        include: ["*.ts"],
      };
      writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(settings));

      // WHEN
      const { stdout } = spawnSync(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", folder], {
        encoding: "utf8",
      });

      // THEN
      expect(stdout).toBe("");
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 60_000);

  test("name only sources and tests that are there", () => {
    const missing = PAGES.flatMap((page) =>
      [...readFileSync(join(ROOT, page), "utf8").matchAll(/`((?:test|src|constructs|scripts|examples)\/[\w./-]+)`/g)]
        .filter(([, path = ""]) => !existsSync(join(ROOT, path)))
        .map(([, path]) => `${page}: ${path}`),
    );
    expect(missing).toEqual([]);
  });

  test("link only to pages, folders and headings that are there", () => {
    const broken = PAGES.flatMap((page) => {
      const text = readFileSync(join(ROOT, page), "utf8");
      return [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#[^)]*)?\)/g)]
        .map(([, target = ""]) => target)
        .filter((target) => target !== "" && !existsSync(join(ROOT, dirname(page), target)))
        .map((target) => `${page}: ${target}`);
    });
    expect(broken).toEqual([]);
  });
});
