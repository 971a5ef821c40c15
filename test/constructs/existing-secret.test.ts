import { readImportId } from "../../src/model/existing-secret";
import { newIssuer, newKey, newStack, only, render } from "./support";

const ARN = "arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/openai-AbCdEf";

test("a key with an existing secret imports it unless it is a key's already, and is else what it is without", () => {
  // GIVEN
  const declared = (existing: object) => {
    const stack = newStack();
    newKey(stack, newIssuer(stack, { prefix: "prod" }), { keyName: "openai", ...existing });
    return render(stack);
  };

  // WHEN
  const { import: imports, ...taking } = declared({ existingSecretArn: ARN }) as ReturnType<typeof render> & {
    readonly import: ReadonlyArray<{ readonly id: string; readonly to: string }>;
  };

  // THEN
  const { aws_secretsmanager_secret: read = {}, ...data } = taking.data;
  const [name] = Object.keys(taking.resource["aws_secretsmanager_secret"] ?? {});
  const [existing] = Object.keys(read);
  expect(imports).toEqual([{ id: expect.any(String), to: `aws_secretsmanager_secret.${name}` }]);
  expect(readImportId(imports[0]?.id ?? "")).toEqual({
    arn: ARN,
    secret: `data.aws_secretsmanager_secret.${existing}`,
  });
  expect(imports[0]?.id).toContain("[SK170] ");
  expect(only(read)).toEqual({ arn: ARN });
  expect(only(taking.resource["aws_secretsmanager_secret"]).name).toBe("prod/openai");
  expect({ ...taking, data }).toEqual(declared({}));
});
