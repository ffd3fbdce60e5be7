// One entry, one style sheet, and two chunks that are fetched when a picture needs them.
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
  server: {
    port: 5173,
    strictPort: true,
    proxy: { "/api": process.env.CATSEYE_HUB ?? "http://127.0.0.1:7171" },
  },
});
