// Every screen loads, in both lights and on a phone, without a complaint of the browser or of axe-core.
import { accessible, expect, open, test } from "./screen";

const SCREENS: [string, string][] = [
  ["Inbox", "/"],
  ["Paths", "/paths"],
  ["Network", "/network"],
  ["Network: workloads", "/network?level=workload"],
  ["Network: try a policy", "/network?tab=simulate"],
  ["Network: why", "/network?tab=explain&from=Deployment.apps%2Fshop%2Ffrontend&to=Deployment.apps%2Fshop%2Fcart"],
  ["Applications", "/applications"],
  ["Identities", "/identities"],
  ["Identities: who can", "/identities?tab=who-can&verb=get&resource=secrets"],
  ["Identities: trail", "/identities?tab=trail"],
  ["Posture", "/posture"],
  ["Posture: findings", "/posture?tab=findings"],
  ["Posture: frameworks", "/posture?tab=frameworks"],
  ["Drift", "/drift"],
  ["Drift: changes", "/drift?tab=changes"],
  ["Drift: between two times", "/drift?tab=difference"],
  ["Events", "/events"],
  ["Coverage and health", "/coverage"],
  ["Settings", "/settings"],
  ["Settings: file", "/settings?tab=file"],
  ["Object", "/objects/Deployment.apps/shop/cart"],
  ["Object: history", "/objects/Deployment.apps/shop/cart?tab=history"],
  ["Object: YAML", "/objects/Deployment.apps/shop/cart?tab=yaml"],
  ["Identity", "/identities/user%3Asystem%3Aserviceaccount%3Amonitoring%3Aprometheus"],
  ["Check", "/checks/RBA-001"],
];

for (const [name, path] of SCREENS) {
  test(`${name} loads and is accessible in both lights`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: "light" });
    await open(page, path);
    await accessible(page);
    // The other light has other colours and nothing else.
    await page.emulateMedia({ colorScheme: "dark" });
    await accessible(page, "color-contrast");
  });
}

test("nothing is wider than a phone of 360 px", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  const wide: string[] = [];
  for (const [name, path] of SCREENS) {
    await open(page, path);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (over > 0) wide.push(`${name} by ${over} px`);
  }
  expect(wide).toEqual([]);
});

test("an incident, an application and an event open from their lists", async ({ page }) => {
  await open(page, "/");
  await page.locator("tbody tr.row a").first().click();
  await expect(page).toHaveURL(/\/incidents\//);
  await expect(page.getByRole("heading", { name: "Evidence" })).toBeVisible();
  await accessible(page);
  await open(page, "/applications");
  await page.locator("tbody tr.row a").first().click();
  await expect(page).toHaveURL(/\/applications\/./);
  await expect(page.getByRole("heading", { name: "Workloads" })).toBeVisible();
  await accessible(page);
  await open(page, "/events?from=2000-01-01T00:00:00Z");
  await page.locator("tbody tr.row a").first().click();
  await expect(page).toHaveURL(/\/events\/./);
  await expect(page.getByRole("region", { name: "The event as it came" })).toBeVisible();
  await accessible(page);
});
