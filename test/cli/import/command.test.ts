import { scopedKeys } from "../support/scoped-keys";

/** No region and no credentials: nothing is asked of AWS before the arguments are right. */
const NOWHERE = { PATH: process.env["PATH"], AWS_EC2_METADATA_DISABLED: "true", AWS_CONFIG_FILE: "/none" };

describe("scoped-keys import, as a command", () => {
  test.each<[string, readonly string[], number, RegExp]>([
    ["a vendor that is none", ["--vendor", "opnai"], 2, /^scoped-keys: \[SK340\] .*The nearest is openai\.$/m],
    ["an option that is none", ["--admin-key", "any"], 2, /unknown option '--admin-key'/],
    ["no admin secret", ["--vendor", "openai", "--setting", "projectId=proj_abc"], 2, /SK343/],
    ["no region", [], 1, /SK346/],
  ])("ends with what is documented for %s, and prints nothing to standard output", async (_, args, code, words) => {
    const ended = await scopedKeys(["import", ...args], NOWHERE).ended;
    expect(ended).toMatchObject({ code, stdout: "" });
    expect(ended.stderr).toMatch(words);
  });
});
