// Builds the page into the package: one module and one style sheet, the same bytes each time.
import { readFileSync } from "node:fs";
import { build } from "esbuild";

// Properties that only the page itself reads get short names: none of a message, none of the DOM.
const OWN = ["explorer", "setup", "shot", "palette", "notNow", "onPress", "onChoose", "attempts", "isVisited"];
OWN.push("sampleGradients", "valueGradients", "heldOut", "classRamp", "decimals", "chosen", "shown", "local");
OWN.push("colour", "course", "spread", "notices", "unfolded", "visits", "explained", "ofExpressions", "backwardAt");
const messages = readFileSync("src/messages.ts", "utf-8");
const taken = OWN.filter((name) => new RegExp(`\\b${name}\\??:`).test(messages));
if (taken.length > 0) throw new Error(`a message has a field of this name, which has to stay: ${taken}`);

const out = process.argv[2] ?? "../glassgrad/explore/page";
await build({
  entryPoints: { explorer: "src/main.tsx" },
  outdir: out,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  mangleProps: new RegExp(`^(${OWN.join("|")})$`),
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
