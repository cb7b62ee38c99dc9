// What the page asks the server before it listens.

import { Refusal } from "./words.js";

const WAIT_MS = 2000;

// Whether the server asks for a key.
export async function asksForKey() {
  const health = await ask("health");
  if (health.status === "closing") throw new Refusal("closing");
  return health.key;
}

// Those that this server has: [{ name, summary }]; a wrong key is refused.
export async function backendsFor(key) {
  return ask("v1/backends", key ? { authorization: `Bearer ${key}` } : {});
}

// Until the server answers, or the caller does not want to know any more.
export async function untilBack(wanted) {
  while (wanted()) {
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    try {
      await asksForKey();
      return;
    } catch {
      // not yet
    }
  }
}

async function ask(path, headers = {}) {
  let response, content;
  try {
    response = await fetch(path, { headers, cache: "no-store" });
    content = await response.json();
  } catch {
    throw new Refusal("away");
  }
  if (content.error) throw new Refusal(content.error.code, content.error.message);
  return content;
}
