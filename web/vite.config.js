import { defineConfig } from "vite";

export default defineConfig({
  // The page is /graphql without a slash at its end, so relative addresses would miss the folder.
  base: "/graphql/",
  worker: { format: "es" },
  build: {
    // The policy of anxin/graphiql.py allows no data: scripts or workers; every asset is a file of our origin.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 6000,
    modulePreload: { polyfill: false },
    target: "es2022",
    // GraphiQL names its icons, which screen readers say and tooltips show, after its functions.
    rolldownOptions: { output: { keepNames: true } },
  },
});
