// One entry, one style sheet, and chunks for charts and maps that are fetched when one is shown.
import { defineConfig } from "vite";
import solid from "vite-plugin-solid";

export default defineConfig({
  plugins: [solid()],
  build: {
    target: "es2022",
    // A data: URL would need a hole in the content-security policy.
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  preview: {
    port: 4173,
    strictPort: true,
    proxy: { "/api": process.env.CATSEYE_HUB ?? "http://127.0.0.1:7171" },
  },
  server: {
    port: 5173,
    strictPort: true,
    proxy: { "/api": process.env.CATSEYE_HUB ?? "http://127.0.0.1:7171" },
  },
});
