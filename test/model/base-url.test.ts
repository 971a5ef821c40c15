import { isOwnBaseUrl } from "../../src/model/base-url";

test.each([
  "https://litellm.example.com",
  "https://litellm.internal",
  "https://litellm.example.com:4000",
  "https://example.com/llm/proxy-1",
])("%s is a base URL of software that users run themselves", (url) => {
  expect(isOwnBaseUrl(url)).toBe(true);
});

test.each([
  "",
  "undefined",
  "http://litellm.example.com",
  "https://litellm.example.com/",
  "https://litellm",
  "https://localhost",
  "https://proxy.localhost",
  "https://127.0.0.1",
  "https://127.1",
  "https://169.254.169.254/latest",
  "https://[::1]",
  "https://user@example.com",
  "https://user:password@example.com",
  "https://example.com?a=b",
  "https://example.com#a",
  "https://example.com/a/../b",
  "https://example.com/a/.",
  "https://example.com/..",
  "https://example.com:99999",
  "https://1.2.3.999",
  "https://0x7f.1",
  "https://example.com/a//b",
  "https://example.com/%2e%2e",
  "https://EXAMPLE.com",
  "https://exa mple.com",
  " https://example.com",
  "https://example.com\n",
  `https://example.com/${"a".repeat(512)}`,
])("%j is none", (url) => {
  expect(isOwnBaseUrl(url)).toBe(false);
});
