// Starts the hub that the tests look at, and can stop and start it again on the same port.
//
// `CATSEYE_UI_HUB=http://…` uses one that runs already. Otherwise it is `catseye demo`, whose program is looked for in
// target/, or `CATSEYE_BIN`; `CATSEYE_UI_STANDIN=1` takes the stand-in of ui/dev instead.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
// A debug build plays the week in half a minute of processor time, of which a busy machine gives a tenth.
export const DEADLINE = 300_000;

/** The same before and after a restart. */
const TOKEN = "a-token-for-tests-only";

export interface Hub {
  /** `http://127.0.0.1:PORT`. */
  url: string;
  /** The link that signs in; the same as `url` where nothing asks who one is. */
  link: string;
  stop(): Promise<void>;
  /** Whether the tests started it, and so may stop it and start it again on the same port. */
  ours: boolean;
  start(): Promise<void>;
}

export async function startHub(): Promise<Hub> {
  const given = process.env.CATSEYE_UI_HUB;
  if (given) return { url: given.replace(/\/(#.*)?$/, ""), link: given, ours: false, stop: async () => {}, start: async () => {} };
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  let link = url;
  const start = async () => {
    const { program, args, standin } = command(port);
    child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], cwd: ROOT });
    let said = "";
    let isTold = standin;
    const listen = (chunk: Buffer) => {
      said += chunk.toString();
      const found = /https?:\/\/\S+#token=\S+/.exec(said);
      if (found) {
        link = found[0];
        isTold = true;
      }
    };
    child.stdout?.on("data", listen);
    child.stderr?.on("data", listen);
    await until(async () => {
      if (child?.exitCode !== null && child?.exitCode !== undefined) throw new Error(`the hub ended:\n${said}`);
      const answer = await fetch(`${url}/`).catch(() => undefined);
      // The demo gives its link when the week has been played.
      return isTold && answer?.ok === true;
    });
  };
  await start();
  const stop = async () => {
    const ended = new Promise((done) => child?.once("exit", done));
    child?.kill("SIGTERM");
    await ended;
  };
  return {
    url,
    get link() {
      return link;
    },
    ours: true,
    start,
    stop,
  };
}

/** `catseye demo` where it serves; else the stand-in, which is said. */
function command(port: number): { program: string; args: string[]; standin: boolean } {
  const program = [process.env.CATSEYE_BIN, join(ROOT, "target/release/catseye"), join(ROOT, "target/debug/catseye")].find((one) => one && existsSync(one));
  if (!program) throw new Error("no catseye program: `cargo build -p catseye-cli` makes one, or name it in CATSEYE_BIN");
  const help = spawnSync(program, ["demo", "--help"], { encoding: "utf8" }).stdout ?? "";
  if (!process.env.CATSEYE_UI_STANDIN && help.includes("--listen")) {
    return { program, args: ["demo", "--listen", `127.0.0.1:${port}`, "--token", TOKEN], standin: false };
  }
  console.log("the stand-in of ui/dev answers, not `catseye demo`");
  return { program: process.execPath, args: [join(ROOT, "ui/dev/serve.mjs"), "--port", String(port)], standin: true };
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + DEADLINE;
  while (Date.now() < end) {
    if (await holds()) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error("the hub did not answer in time");
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.on("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (typeof address === "object" && address ? done(address.port) : fail(new Error("no port"))));
    });
  });
}
