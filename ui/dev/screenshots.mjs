// Takes the pictures of docs/images from a running hub: `node dev/screenshots.mjs http://127.0.0.1:7171/#token=…`.
import { fileURLToPath } from "node:url";
import { chromium } from "@playwright/test";

const LINK = process.argv[2] ?? "http://127.0.0.1:7171/";
const BASE = new URL(LINK).origin;
const PICTURES = [
  { name: "dashboard-inbox", path: "/", theme: "light", width: 1640, height: 980 },
  { name: "dashboard-incident", path: undefined, theme: "dark", width: 1440, height: 980 },
  { name: "dashboard-paths", path: "/paths", theme: "light", width: 1440, height: 900 },
];

const browser = await chromium.launch({
  executablePath: process.env.CATSEYE_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-background-networking", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
});
for (const { name, path, theme, width, height } of PICTURES) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme });
  const page = await context.newPage();
  await page.goto(LINK);
  await page.locator("tbody tr.row").first().waitFor();
  if (path === undefined) await page.locator("tbody tr.row a").first().click();
  else if (path !== "/") await page.goto(BASE + path);
  await page.locator(path === "/" ? ".preview .timeline, tbody tr.row" : "main h1").first().waitFor();
  await page.waitForFunction(() => !document.querySelector(".loading"), undefined, { timeout: 60_000 });
  await page.waitForTimeout(800);
  await page.screenshot({ path: fileURLToPath(new URL(`../../docs/images/${name}.png`, import.meta.url)) });
  await context.close();
}
await browser.close();
