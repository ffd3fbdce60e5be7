// Everything that matters, without a mouse.
import { expect, open, test } from "./screen";

test("the inbox is walked, opened and left by keys", async ({ page }) => {
  await open(page, "/");
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  const chosen = page.locator('tbody tr[aria-selected="true"]');
  await expect(chosen).toHaveCount(1);
  const title = (await chosen.locator("a").first().innerText()).trim();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toContainText(title);
  await page.keyboard.press("a");
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await page.keyboard.press("u");
  await expect(page.getByRole("heading", { name: "Inbox" })).toBeVisible();
});

test("search finds and leads on", async ({ page }) => {
  await open(page, "/posture");
  await page.keyboard.press("/");
  await page.keyboard.type("cart");
  await expect(page.getByRole("option").filter({ hasText: "cart" }).first()).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(page).not.toHaveURL(/\/posture/);
});

test("g and a letter open every screen, and ? tells the keys", async ({ page }) => {
  await open(page, "/");
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keys" })).toBeVisible();
  await page.keyboard.press("Escape");
  for (const [letter, heading] of [
    ["p", "Paths"],
    ["n", "Network"],
    ["a", "Applications"],
    ["u", "Identities"],
    ["o", "Posture"],
    ["d", "Drift"],
    ["e", "Events"],
    ["c", "Coverage and health"],
    ["s", "Settings"],
    ["i", "Inbox"],
  ] as const) {
    // The two keys belong together for a second, which a busy machine may need between them.
    await expect(async () => {
      await page.keyboard.press("g");
      await page.keyboard.press(letter);
      await expect(page.getByRole("heading", { level: 1, name: heading, exact: true })).toBeVisible({ timeout: 3000 });
    }).toPass();
  }
});

test("a path's steps and a fix are reached with Tab and Enter", async ({ page }) => {
  test.slow();
  await open(page, "/paths");
  const step = page.locator("svg.way .step").first();
  await step.focus();
  await page.keyboard.press("Enter");
  await expect(page.locator(".steps > li.chosen")).toHaveCount(1);
  const gone = page.getByRole("button", { name: "What if this step were gone?" });
  await gone.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByText("A trial.")).toBeVisible();
});
