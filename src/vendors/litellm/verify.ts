import { type Answer, exchange, isSuccess, isToken, parseAnswer, type Transport } from "../../http/exchange";
import { contradiction, isSaid, type KeyWords, noKey, noVerdict, refusal } from "../../http/verdict";
import type { Grant } from "../../model/grant";
import { shorten } from "../../model/redact";
import type { VerifyResult } from "../../model/verify-result";
import { misfits } from "../misfits";
import type { VerifyRequest } from "../vendor";
import { dialect, errorIn } from "./dialect";
import { routesOf } from "./grant";
import { isBeyond, type Look, MODEL_LIST, OWN_RECORD, placeOf } from "./routes";
import { modelsSchema } from "./schemas";

const { wider, narrower } = misfits("LiteLLM knows the key");

/** Said only of keys that the proxy knows. */
const ROUTE_REFUSED = /not allowed to call this route/i;
const ROUTES_NAMED = /only allowed to call routes: \[([^\]]*)\]/i;
const LISTED_MAX_LENGTH = 200;
/**
 * The status of the second type is 400 in some releases; older ones have no type of their own. A
 * bug of the proxy is a 401 as well.
 */
const UNKNOWN_KEY: readonly KeyWords[] = [
  { statuses: [400, 401, 403], code: /^(?:token_not_found_in_db|expired_key)$/ },
  {
    statuses: [401],
    message: /invalid proxy server token passed|unable to find token in cache|authentication error - expired key/i,
  },
];

/**
 * Asks for the list of models and for the key's own record. What a key's endpoints leave out has to
 * be refused; of a refusal that names the key's routes, those have to be the declared ones.
 */
export async function verify(transport: Transport, { value, grant, signal }: VerifyRequest): Promise<VerifyResult> {
  if (!isToken(value)) return noKey(dialect);
  let scopeProven = false;
  let lacks: string | undefined;
  for (const look of [MODEL_LIST, OWN_RECORD]) {
    const answer = await exchange(transport, value, { endpoint: look.endpoint, signal });
    const place = placeOf(look.path, grant.endpoints);
    if (isRouteRefused(answer)) {
      const named = routesIn(answer);
      const routes = routesOf(grant.endpoints);
      const more = named?.filter((route) => isBeyond(route, grant.endpoints)) ?? [];
      if (more.length > 0) return wider(`it may call ${words(more)}, which was not asked`);
      if (place === "inside") lacks = `${look.endpoint} is refused, which its endpoints allow`;
      if (named !== undefined && !isSame(named, routes)) lacks ??= `it may call ${words(named)} alone`;
      scopeProven = true;
    } else if (isRefusal(answer)) {
      // The replicas of a proxy learn of a key one by one.
      if (look !== MODEL_LIST) throw contradiction(dialect, look.endpoint, answer);
      return refusal(dialect, UNKNOWN_KEY, look.endpoint, answer);
    } else {
      const more = allowedIn(look, answer, grant);
      if (place === "outside") return wider(`${look.endpoint} is let through, outside of its endpoints`);
      if (more.length > 0) return wider(`it may use ${words(more)} beside its models`);
    }
  }
  if (lacks !== undefined) return narrower(lacks);
  const proof = scopeProven ? ", and refuses what lies outside of its endpoints" : "";
  return { outcome: "works", evidence: `LiteLLM knows the key${proof}`, scopeProven };
}

function isRouteRefused(answer: Answer): boolean {
  return (answer.status === 401 || answer.status === 403) && ROUTE_REFUSED.test(answer.message);
}

function isRefusal(answer: Answer): boolean {
  return answer.status === 401 || answer.status === 403 || isSaid(UNKNOWN_KEY, answer);
}

/** The call was let through; its answer counts for what it tells beyond that. */
function allowedIn(look: Look, answer: Answer, { models }: Grant): string[] {
  // The master key has no record.
  if (look === OWN_RECORD && answer.status === 404) return [];
  if (!isSuccess(answer.status)) throw noVerdict(dialect, look.endpoint, answer);
  if (look === OWN_RECORD) return [];
  const { data } = parseAnswer(dialect, modelsSchema, answer.body, look.endpoint, answer.status);
  const listed = data.map(({ id }) => id);
  // What is declared and not listed by its name is a group or a pattern that the proxy has spelled
  // out: then nothing can be told.
  if (models === undefined || !models.every((model) => listed.includes(model) && !model.includes("*"))) return [];
  return listed.filter((model) => !models.includes(model));
}

/** As Python prints a list of texts. */
function routesIn({ body }: Answer): string[] | undefined {
  const [, list] = ROUTES_NAMED.exec(errorIn(body)?.message ?? "") ?? [];
  return list === undefined ? undefined : [...list.matchAll(/'([^']*)'|"([^"]*)"/g)].map(([, a, b]) => a ?? b ?? "");
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return new Set(a).size === new Set(b).size && a.every((item) => b.includes(item));
}

function words(items: readonly string[]): string {
  return shorten(items.join(", ") || "nothing", LISTED_MAX_LENGTH);
}
