import { newIssuer, newKey, newStack, only, render } from "./support";

const ARN = "arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/openai-AbCdEf";

test("a key with an existing secret imports it, and is else what it is without", () => {
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
  const [name] = Object.keys(taking.resource["aws_secretsmanager_secret"] ?? {});
  expect(imports).toEqual([{ id: ARN, to: `aws_secretsmanager_secret.${name}` }]);
  expect(only(taking.resource["aws_secretsmanager_secret"]).name).toBe("prod/openai");
  expect(taking).toEqual(declared({}));
});
