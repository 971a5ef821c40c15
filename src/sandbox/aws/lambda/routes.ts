/**
 * Operations by method and path; `{}` is the function (or, for tags, its ARN), `*` one more
 * segment.
 */
const ROUTES = {
  CreateFunction: ["POST", "/2015-03-31/functions"],
  ListFunctions: ["GET", "/2015-03-31/functions"],
  GetFunction: ["GET", "/2015-03-31/functions/{}"],
  DeleteFunction: ["DELETE", "/2015-03-31/functions/{}"],
  GetFunctionConfiguration: ["GET", "/2015-03-31/functions/{}/configuration"],
  UpdateFunctionConfiguration: ["PUT", "/2015-03-31/functions/{}/configuration"],
  UpdateFunctionCode: ["PUT", "/2015-03-31/functions/{}/code"],
  Invoke: ["POST", "/2015-03-31/functions/{}/invocations"],
  InvokeWithResponseStream: ["POST", "/2021-11-15/functions/{}/response-streaming-invocations"],
  ListVersionsByFunction: ["GET", "/2015-03-31/functions/{}/versions"],
  PublishVersion: ["POST", "/2015-03-31/functions/{}/versions"],
  CreateAlias: ["POST", "/2015-03-31/functions/{}/aliases"],
  ListAliases: ["GET", "/2015-03-31/functions/{}/aliases"],
  GetAlias: ["GET", "/2015-03-31/functions/{}/aliases/*"],
  UpdateAlias: ["PUT", "/2015-03-31/functions/{}/aliases/*"],
  DeleteAlias: ["DELETE", "/2015-03-31/functions/{}/aliases/*"],
  AddPermission: ["POST", "/2015-03-31/functions/{}/policy"],
  GetPolicy: ["GET", "/2015-03-31/functions/{}/policy"],
  RemovePermission: ["DELETE", "/2015-03-31/functions/{}/policy/*"],
  GetFunctionCodeSigningConfig: ["GET", "/2020-06-30/functions/{}/code-signing-config"],
  TagResource: ["POST", "/2017-03-31/tags/{}"],
  UntagResource: ["DELETE", "/2017-03-31/tags/{}"],
  ListTags: ["GET", "/2017-03-31/tags/{}"],
  PutFunctionConcurrency: ["PUT", "/2017-10-31/functions/{}/concurrency"],
  DeleteFunctionConcurrency: ["DELETE", "/2017-10-31/functions/{}/concurrency"],
  GetFunctionConcurrency: ["GET", "/2019-09-30/functions/{}/concurrency"],
  PutFunctionEventInvokeConfig: ["PUT", "/2019-09-25/functions/{}/event-invoke-config"],
  UpdateFunctionEventInvokeConfig: ["POST", "/2019-09-25/functions/{}/event-invoke-config"],
  GetFunctionEventInvokeConfig: ["GET", "/2019-09-25/functions/{}/event-invoke-config"],
  DeleteFunctionEventInvokeConfig: ["DELETE", "/2019-09-25/functions/{}/event-invoke-config"],
  GetRuntimeManagementConfig: ["GET", "/2021-07-20/functions/{}/runtime-management-config"],
  PutRuntimeManagementConfig: ["PUT", "/2021-07-20/functions/{}/runtime-management-config"],
  GetFunctionRecursionConfig: ["GET", "/2024-08-31/functions/{}/recursion-config"],
  PutFunctionRecursionConfig: ["PUT", "/2024-08-31/functions/{}/recursion-config"],
} as const;

export type RouteName = keyof typeof ROUTES;

export interface Route {
  readonly name: RouteName;
  /** The function as the path names it, still encoded; empty where the path names none. */
  readonly reference: string;
}

const PATTERNS = (Object.keys(ROUTES) as RouteName[]).map((name) => {
  const [method, path] = ROUTES[name];
  return { name, method, pattern: new RegExp(`^${path.replace("{}", "([^/]+)").replace("*", "[^/]+")}/?$`) };
});

export function findRoute(method: string, path: string): Route | undefined {
  for (const { name, method: wanted, pattern } of PATTERNS) {
    const match = method === wanted ? pattern.exec(path) : null;
    if (match !== null) return { name, reference: match[1] ?? "" };
  }
  return undefined;
}
