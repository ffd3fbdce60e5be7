// What people come for, from beginning to end.
import { accessible, expect, open, settled, test } from "./screen";

test("triage: read an incident, see why it is one, take it on", async ({ page }) => {
  await open(page, "/");
  const first = page.locator("tbody tr.row").first();
  const title = (await first.locator("a").first().innerText()).trim();
  await first.locator("a").first().click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText(title);
  await expect(page.getByText("Why now")).toBeVisible();
  await expect(page.locator(".timeline > li").first()).toBeVisible();
  await expect(page.getByRole("heading", { name: "What to do" })).toBeVisible();
  await page.getByRole("button", { name: "Acknowledge" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox").fill("looking at the token");
  await dialog.getByRole("button", { name: "Acknowledge" }).click();
  await expect(page.locator(".incident-head .tag").first()).toHaveText("acknowledged");
  await expect(page.locator(".talk li").last()).toBeVisible();
  // A comment stays with it.
  await page.getByRole("button", { name: "Comment" }).click();
  await dialog.getByRole("textbox").fill("the pod is gone");
  await dialog.getByRole("button", { name: "Comment" }).click();
  await expect(page.locator(".talk .comment .said")).toHaveText("the pod is gone");
});

test("follow a path, take a step away, try a fix", async ({ page }) => {
  // The ways are computed half a dozen times, by a debug build.
  test.slow();
  await open(page, "/paths");
  const risk = page.locator("[data-risk]");
  const ways = page.locator("[data-ways]");
  const before = await ways.innerText();
  // The picture and the sentences are two views of the same steps.
  await page.locator("svg.way .step").first().click();
  await expect(page.locator(".steps > li.chosen")).toHaveCount(1);
  await page.getByRole("button", { name: "What if this step were gone?" }).click();
  await expect(page.getByText("A trial.")).toBeVisible();
  await expect(page).toHaveURL(/gone=/);
  await expect(ways).not.toHaveText(before);
  await page.getByRole("button", { name: "End the trial" }).click();
  await expect(ways).toHaveText(before);
  await page.getByRole("button", { name: "Try it" }).first().click();
  await expect(page).toHaveURL(/fix=/);
  await expect(risk).toContainText("from");
  await accessible(page);
  // The link shows a colleague the same.
  await page.reload();
  await settled(page);
  await expect(page.getByText("A trial.")).toBeVisible();
  await expect(risk).toContainText("from");
});

test("find who changed a field", async ({ page }) => {
  await open(page, "/");
  await page.keyboard.press("/");
  await page.keyboard.type("cart");
  await page.getByRole("option").filter({ hasText: "workload" }).first().click();
  await settled(page);
  await page.getByRole("link", { name: "Who changed what" }).click();
  await expect(page.locator(".versions > li").first()).toBeVisible();
  await page.getByRole("searchbox", { name: "Filter by field" }).fill("replicas");
  const version = page.locator(".versions > li", { has: page.locator(".field-name") }).first();
  await expect(version).toContainText(/by /);
  await expect(version.locator(".tag")).toContainText(/audit log|claim|not known/);
  await expect(page).toHaveURL(/field=/);
});

test("simulate a policy and see what would break", async ({ page }) => {
  await open(page, "/network?tab=simulate");
  await page.getByRole("textbox", { name: /Policies to add/ }).fill(
    `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: deny-all-in
  namespace: shop
spec:
  podSelector: {}
  policyTypes: [Ingress]
`,
  );
  await page.getByRole("button", { name: "Simulate" }).click();
  await expect(page.locator("[data-simulated]")).toBeVisible();
  await expect(page.getByRole("heading", { name: /Would close: / })).toBeVisible();
  await accessible(page);
});

test("accept an incident until a day, having seen what that hides", async ({ page }) => {
  await open(page, "/");
  const rows = page.locator("tbody tr.row");
  const link = rows.nth(2).locator("a").first();
  const title = (await link.innerText()).trim();
  await link.click();
  await expect(page).toHaveURL(/\/incidents\//);
  const id = page.url().split("/").at(-1)?.split("?")[0] ?? "";
  await page.getByRole("button", { name: "Accept…" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.locator("[data-preview]")).toContainText("What this hides");
  await dialog.getByRole("textbox", { name: "Why we live with it" }).fill("the vendor needs it until the move");
  await dialog.getByRole("button", { name: "7 days" }).click();
  await accessible(page);
  await dialog.getByRole("button", { name: "Accept" }).click();
  await expect(page.locator(".incident-head .tag").first()).toHaveText("accepted");
  // It has left the inbox, and is found among the accepted.
  await open(page, "/");
  await expect(page.locator(`a[href*="${id}"]`)).toHaveCount(0);
  await page.getByRole("combobox", { name: "State" }).selectOption("accepted");
  await expect(page.locator(`a[href*="${id}"]`).first()).toContainText(title);
  // And can be taken back.
  await open(page, `/incidents/${id}`);
  await page.getByRole("button", { name: "Reopen" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Reopen" }).click();
  await expect(page.locator(".incident-head .tag").first()).toHaveText(/open|came back/);
});
