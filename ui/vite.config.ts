// One entry, one style sheet, and chunks for charts and maps that are fetched when one is shown.
import { defineConfig } from "vite";
import solid from "vite-plugin-solid";

// The hub compares where a write comes from with the host it was asked by, so the host must stay.
const HUB = { target: process.env.CATSEYE_HUB ?? "http://127.0.0.1:7171", changeOrigin: false };

export default defineConfig({
  plugins: [solid()],
  build: {
    target: "es2022",
    // From these on, light-dark() is known: a colour is one line in tokens.css.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    // A data: URL would need a hole in the content-security policy.
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  preview: {
    port: 4173,
    strictPort: true,
    proxy: { "/api": HUB },
  },
  server: {
    port: 5173,
    strictPort: true,
    proxy: { "/api": HUB },
  },
});
