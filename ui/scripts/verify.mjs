// Builds the dashboard anew and fails when what is committed in dist/ is not that. The packed twins are unpacked for
// it: two versions of an encoder may pack the same bytes differently.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync } from "node:zlib";

const UI = fileURLToPath(new URL("..", import.meta.url));
const DIST = join(UI, "dist");

function files(folder) {
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => !statSync(join(folder, name)).isDirectory())
    .sort();
}

const fresh = mkdtempSync(join(tmpdir(), "catseye-dist-"));
const wrong = [];
try {
  execFileSync("npx", ["vite", "build", "--outDir", fresh, "--emptyOutDir", "--logLevel", "warn"], { cwd: UI, stdio: "inherit" });
  const committed = files(DIST);
  for (const name of files(fresh)) {
    const built = readFileSync(join(fresh, name));
    if (!committed.includes(name)) wrong.push(`${name} is missing`);
    else if (!built.equals(readFileSync(join(DIST, name)))) wrong.push(`${name} is another`);
    if (!committed.includes(`${name}.br`)) wrong.push(`${name}.br is missing`);
    else if (!built.equals(brotliDecompressSync(readFileSync(join(DIST, `${name}.br`))))) wrong.push(`${name}.br holds another`);
  }
  for (const name of committed) {
    if (!files(fresh).includes(name.replace(/\.br$/, ""))) wrong.push(`${name} is left over`);
  }
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
if (wrong.length > 0) {
  console.error(`dist/ is not what src/ gives; \`npm run build\` and commit it:\n  ${wrong.join("\n  ")}`);
  process.exit(1);
}
