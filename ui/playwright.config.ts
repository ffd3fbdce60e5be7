// The dashboard in a real browser, against a hub that this run starts: `catseye demo`, or the stand-in of dev/.
import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  // One hub holds the state that tests change.
  workers: 1,
  retries: process.env.CI ? 2 : 0,
  fullyParallel: false,
  // A debug build on a busy machine takes seconds for the ways of attack.
  timeout: 240_000,
  expect: { timeout: 60_000 },
  reporter: [["list"]],
  use: {
    browserName: "chromium",
    viewport: { width: 1440, height: 900 },
    launchOptions: {
      executablePath: process.env.CATSEYE_CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        // A machine without a graphics card draws the maps in software.
        "--use-angle=swiftshader",
        "--enable-unsafe-swiftshader",
      ],
    },
    trace: "off",
    screenshot: "only-on-failure",
  },
});
