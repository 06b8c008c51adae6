// Builds the page into the package: one module and one style sheet, the same bytes each time.
import { build } from "esbuild";

const out = process.argv[2] ?? "../glassgrad/explore/page";
await build({
  entryPoints: { explorer: "src/main.tsx" },
  outdir: out,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  // Calls with the children as arguments are shorter than objects that name them.
  jsx: "transform",
  jsxFactory: "createElement",
  jsxFragment: "Fragment",
  inject: ["src/jsx.ts"],
  tsconfigRaw: {},
  legalComments: "none",
  loader: { ".woff2": "file" },
  assetNames: "[name]",
  logLevel: "warning",
});
