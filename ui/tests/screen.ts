// What every test needs: a signed-in page that fails on whatever the browser complains of.
import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Page, test as base } from "@playwright/test";
import { DEADLINE, type Hub, startHub } from "./hub";

interface Fixtures {
  /** Complaints that a test expects, as parts of their text. */
  expected: string[];
}

export const test = base.extend<Fixtures, { hub: Hub }>({
  expected: [[], { option: true }],
  hub: [
    async ({}, use) => {
      const hub = await startHub();
      await use(hub);
      await hub.stop();
    },
    { scope: "worker", timeout: 2 * DEADLINE },
  ],
  baseURL: async ({ hub }, use) => use(hub.url),
  page: async ({ page, hub, expected }, use) => {
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (url.protocol.startsWith("http") && url.origin !== hub.url) complaints.push(`asked outside: ${url.href}`);
    });
    await page.goto(hub.link);
    // Signing in comes before the first paint.
    await page.locator(".shell").waitFor();
    await use(page);
    expect(complaints.filter((text) => !expected.some((part) => text.includes(part)))).toEqual([]);
  },
});

export { expect };

/** Opens a screen and waits until it has its answer. */
export async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await settled(page);
}

/** Nothing is loading, and no state says that something failed. */
export async function settled(page: Page): Promise<void> {
  await expect(page.locator("main h1").first()).toBeVisible();
  await expect(page.locator(".loading")).toHaveCount(0);
  await expect(page.locator("main [role=alert]")).toHaveCount(0);
}

/** No serious or critical violation by axe-core, in this light; `only` names the one rule to ask. */
export async function accessible(page: Page, only?: string): Promise<void> {
  const axe = new AxeBuilder({ page });
  if (only) axe.withRules([only]);
  else axe.withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]);
  const { violations } = await axe.analyze();
  const serious = violations
    .filter((one) => one.impact === "serious" || one.impact === "critical")
    .map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).slice(0, 4).join(" | ")}`);
  expect(serious).toEqual([]);
}
