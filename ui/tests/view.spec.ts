// The URL is the state; time; live answers; what is said when there is none.
import { accessible, expect, open, settled, test } from "./screen";

test("a reload keeps filters, order and the chosen row", async ({ page }) => {
  await open(page, "/");
  const chip = page.getByRole("group", { name: "Severity" }).getByRole("button").first();
  const many = await chip.locator("b").innerText();
  await chip.click();
  // The hub filters: what was there before stays until it has answered.
  await expect(page.locator(".told .num").first()).toHaveText(many);
  await page.getByRole("button", { name: "Last seen" }).click();
  await page.keyboard.press("j");
  await expect(page).toHaveURL(/severity=.*sort=-last.*look=|look=.*severity=/);
  const before = await page.locator("tbody").innerText();
  const chosen = await page.locator('tr[aria-selected="true"] a').first().getAttribute("href");
  await page.reload();
  await settled(page);
  await expect(page.locator("tbody")).toHaveText(before, { useInnerText: true });
  await expect(page.locator('tr[aria-selected="true"] a').first()).toHaveAttribute("href", chosen ?? "");
});

test("a time holds on every screen until one goes back to now", async ({ page }) => {
  await open(page, "/");
  await page.keyboard.press("t");
  const strip = page.locator(".strip svg");
  await expect(strip).toBeVisible();
  const box = await strip.boundingBox();
  if (!box) throw new Error("the strip has no place");
  await strip.click({ position: { x: box.width * 0.7, y: box.height / 2 } });
  await expect(page).toHaveURL(/at=/);
  await page.keyboard.press("Escape");
  await expect(page.getByText("You see the cluster as it was")).toBeVisible();
  const asked = page.waitForRequest((request) => request.url().includes("/api/v1/paths") && request.url().includes("at="));
  await page.getByRole("link", { name: "Paths" }).click();
  await asked;
  await settled(page);
  await accessible(page);
  await page.getByRole("button", { name: "Back to now" }).click();
  await expect(page).not.toHaveURL(/at=/);
});

test("two times are compared", async ({ page }) => {
  await open(page, "/drift?tab=difference");
  await page.getByRole("button", { name: "A day before" }).click();
  await expect(page).toHaveURL(/vs=/);
  await expect(page.getByRole("heading", { name: "Objects", exact: true })).toBeVisible();
});

test("rows are saved as CSV and JSON, a path as SVG", async ({ page }) => {
  await open(page, "/");
  for (const [button, ending] of [
    ["CSV", ".csv"],
    ["JSON", ".json"],
  ] as const) {
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: button }).first().click();
    expect((await saved).suggestedFilename()).toBe(`catseye-incidents${ending}`);
  }
  await open(page, "/paths");
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "SVG" }).first().click();
  expect((await saved).suggestedFilename()).toMatch(/\.svg$/);
});

test.describe("without a hub", () => {
  test.use({ expected: ["Failed to load resource", "net::ERR"] });

  test("the page says so, comes back by itself, and the stream goes on", async ({ page, hub }) => {
    test.skip(!hub.ours, "this hub is not ours to stop");
    await open(page, "/");
    await expect(page.locator(".live")).toHaveAttribute("data-state", "live");
    await hub.stop();
    await expect(page.locator(".live")).toHaveAttribute("data-state", "connecting");
    await hub.start();
    if (hub.link !== hub.url) {
      // Sessions end with the hub: the page asks for a sign-in by itself, and goes on once it has one.
      const asks = page.getByLabel("Token").first();
      await expect(asks).toBeVisible();
      await asks.fill(hub.link.split("#token=")[1] ?? "");
      await asks.press("Enter");
    }
    await expect(page.locator(".live")).toHaveAttribute("data-state", "live");
    await expect(page.locator("tbody tr.row").first()).toBeVisible();
  });

  test("an answer that fails says what to do", async ({ page }) => {
    await page.route("**/api/v1/posture*", (route) =>
      route.fulfill({
        status: 403,
        contentType: "application/problem+json",
        body: JSON.stringify({ type: "about:blank", title: "Forbidden", status: 403, code: "not_allowed", detail: "you may not get views.catseye.io", remedy: "Ask for the role catseye-viewer." }),
      }),
    );
    await page.goto("/posture");
    await expect(page.getByRole("heading", { name: "Your account may not see this" })).toBeVisible();
    await expect(page.getByText("Ask for the role catseye-viewer.")).toBeVisible();
    await accessible(page);
    await page.unroute("**/api/v1/posture*");
    await page.getByRole("button", { name: "Try again" }).click();
    await settled(page);
  });
});
