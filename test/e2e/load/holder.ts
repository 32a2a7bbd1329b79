/**
 * Holds watches through one URL of the API, each on a connection of its own, until it gets SIGTERM; then it prints its
 * result as JSON. Arguments: URL, number of connections, CA file, token file.
 *
 * As client-go does, it asks for bookmarks, pings an idle connection, and connects again if no answer comes.
 */
import { readFileSync } from "node:fs";
import { connect } from "node:http2";
import type { Held } from "./held.js";

const [base = "", count = "", caFile = "", tokenFile = ""] = process.argv.slice(2);
const ca = readFileSync(caFile);
const authorization = `Bearer ${readFileSync(tokenFile, "utf8").trim()}`;
const path = "/api/v1/namespaces/load/configmaps?watch=true&allowWatchBookmarks=true";
/** client-go uses 30 s and 15 s. */
const PING_MS = 3000;
const PONG_MS = 3000;

let open = 0;
let begun = 0;

/** Holds one connection; a new one as soon as it is lost. */
function hold(): void {
  let isOpen = false;
  const session = connect(base, { ca });
  const pinging = setInterval(() => {
    const late = setTimeout(() => {
      session.destroy();
    }, PONG_MS);
    const answered = (): void => {
      clearTimeout(late);
    };
    if (session.closed || session.destroyed || !session.ping(answered)) answered();
  }, PING_MS);
  const connecting = setTimeout(() => {
    if (!isOpen) session.destroy();
  }, PING_MS + PONG_MS);
  session.on("error", () => undefined);
  session.on("close", () => {
    clearInterval(pinging);
    clearTimeout(connecting);
    if (isOpen) open--;
    setTimeout(hold, 200);
  });
  const watch = session.request({ ":path": path, authorization });
  watch.on("response", ({ ":status": status }) => {
    if (status !== 200) return;
    isOpen = true;
    open++;
    begun++;
  });
  watch.on("error", () => undefined);
  watch.on("close", () => {
    session.destroy();
  });
  watch.resume();
}

for (let i = 0; i < Number(count); i++) hold();
process.on("SIGTERM", () => {
  const held: Held = { open, begun };
  process.stdout.write(`${JSON.stringify(held)}\n`);
  process.exit(0);
});
