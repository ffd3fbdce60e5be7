// Puts a brotli twin beside every built file and keeps the whole below its budget, so that the hub sends bytes that
// were packed once.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";

const DIST = fileURLToPath(new URL("../dist", import.meta.url));
const BUDGET = 250 * 1024;

let total = 0;
for (const name of readdirSync(DIST, { recursive: true }).sort()) {
  const file = join(DIST, String(name));
  if (statSync(file).isDirectory() || file.endsWith(".br")) continue;
  const packed = brotliCompressSync(readFileSync(file), { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  writeFileSync(`${file}.br`, packed);
  total += packed.length;
  console.log(`${String(packed.length).padStart(7)}  ${name}`);
}
console.log(`${String(total).padStart(7)}  in all, of ${BUDGET} allowed`);
if (total > BUDGET) {
  console.error("dist/ is over its budget: take something out, or fetch it only where it is needed");
  process.exit(1);
}
