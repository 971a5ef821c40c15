const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/gs;

/** Whether an object somewhere in a valid JSON text has two members of one name. */
export function hasDuplicateMembers(json: string): boolean {
  // One entry for each open bracket: the names seen in an object, undefined in an array.
  const open: Array<Set<string> | undefined> = [];
  let string: string | undefined;
  for (const [token] of json.matchAll(TOKEN)) {
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(undefined);
    else if (token === "}" || token === "]") open.pop();
    else if (token === ":") {
      const names = open.at(-1);
      const name: string = JSON.parse(string ?? '""');
      if (names?.has(name)) return true;
      names?.add(name);
    } else if (token !== ",") string = token;
  }
  return false;
}
