// Drift: what somebody changed by hand, who it was and how that is known, and how to put it back.
import { accessible, expect, open, settled, test } from "./screen";

test("find what was changed by hand, by whom, and the way back", async ({ page }) => {
  await open(page, "/drift");
  const rows = page.locator("tbody tr.row");
  await expect(rows.first()).toBeVisible();
  await page.getByRole("searchbox", { name: /Filter by object/ }).fill("grafana");
  const grafana = rows.filter({ hasText: "Deployment monitoring/grafana" });
  await expect(grafana).toHaveCount(1);
  await expect(grafana).toContainText("image");
  await expect(grafana).toContainText("maya");
  await grafana.locator("a").first().click();
  await settled(page);
  await expect(page).toHaveURL(/\/drift\/DRF-/);
  const fields = page.locator(".driftfields tbody tr", { hasText: "image" });
  await expect(fields.first()).toContainText("grafana-oss:nightly");
  await expect(fields.first().getByRole("link", { name: "maya" })).toBeVisible();
  await expect(fields.first().locator(".tag")).toContainText("audit log");
  await expect(page.getByRole("heading", { name: "The way back" })).toBeVisible();
  await expect(page.getByRole("region", { name: "The command that puts it back" })).toContainText("kubectl patch deployment.apps grafana -n monitoring");
  await expect(page.getByRole("button", { name: "Copy" }).first()).toBeVisible();
  await expect(page.getByRole("heading", { name: "How it came to be so" })).toBeVisible();
  await accessible(page);
  // The link shows a colleague the same.
  await page.reload();
  await settled(page);
  await expect(fields.first()).toContainText("grafana-oss:nightly");
});

test("filters are in the address, and what passes none says what to do", async ({ page }) => {
  await open(page, "/drift?class=missing");
  const rows = page.locator("tbody tr.row");
  await expect(rows.filter({ hasText: "NetworkPolicy payments/payment" })).toHaveCount(1);
  await expect(rows.filter({ hasText: "grafana" })).toHaveCount(0);
  await open(page, "/drift?text=no-such-object");
  await page.getByRole("button", { name: "Clear the filters" }).click();
  await expect(rows.first()).toBeVisible();
});

test("the list is walked with the keyboard", async ({ page }) => {
  await open(page, "/drift");
  await page.locator("tbody tr.row").first().waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await settled(page);
  await expect(page).toHaveURL(/\/drift\/DRF-/);
  await page.keyboard.press("u");
  await expect(page).toHaveURL(/\/drift$/);
});

test("a drift reads well on a phone", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await open(page, "/drift");
  await page.locator("tbody tr.row a").first().click();
  await settled(page);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(over).toBeLessThanOrEqual(0);
});

test.describe("what is not there", () => {
  test.use({ expected: ["404"] });

  test("a drift that is none any more says so", async ({ page }) => {
    await page.goto("/drift/DRF-000000000000");
    await expect(page.locator("main [role=alert]")).toBeVisible();
  });
});
