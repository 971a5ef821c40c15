import { InvalidArgumentError } from "commander";
import { withRoute } from "../../src/cli/route";

describe("--route", () => {
  test("is taken for servers of this machine, and can be repeated", () => {
    const first = withRoute("api.acme.example=http://127.0.0.1:4010");
    const second = withRoute("eu.acme.example=http://localhost:65535", first);
    expect(withRoute("acme.example=http://[::1]:1", second)).toEqual({
      "api.acme.example": "http://127.0.0.1:4010",
      "eu.acme.example": "http://localhost:65535",
      "acme.example": "http://[::1]:1",
    });
  });

  test.each([
    ["", "HOST=URL"],
    ["api.acme.example", "HOST=URL"],
    ["=http://127.0.0.1:4010", "HOST=URL"],
    ["https://api.acme.example=http://127.0.0.1:4010", "HOST=URL"],
    ["API.acme.example=http://127.0.0.1:4010", "lower case"],
    ["*.acme.example=http://127.0.0.1:4010", "HOST=URL"],
    ["acme=http://127.0.0.1:4010", "HOST=URL"],
    ["10.0.0.1=http://127.0.0.1:4010", "name of a host"],
    ["api.acme.example=", "server of this machine"],
    ["api.acme.example=https://127.0.0.1:4010", "server of this machine"],
    ["api.acme.example=http://127.0.0.1", "its port"],
    ["api.acme.example=http://127.0.0.1:65536", "its port"],
    ["api.acme.example=http://127.0.0.1:4010/", "nothing after it"],
    ["api.acme.example=http://127.0.0.1:4010/v1", "nothing after it"],
    ["api.acme.example=http://user@127.0.0.1:4010", "server of this machine"],
    ["api.acme.example=http://127.0.0.1.evil.example:80", "server of this machine"],
    ["api.acme.example=http://10.0.0.1:4010", "server of this machine"],
    ["api.acme.example=http://169.254.169.254:80", "server of this machine"],
  ])("%j is refused", (given, words) => {
    expect(() => withRoute(given)).toThrow(InvalidArgumentError);
    expect(() => withRoute(given)).toThrow(words);
  });

  test("a second route of a host is refused", () => {
    const routes = withRoute("api.acme.example=http://127.0.0.1:4010");
    expect(() => withRoute("api.acme.example=http://127.0.0.1:4011", routes)).toThrow("has a route already");
  });
});
