// Facts about how numbers are written, tried on many numbers: node test/numbers.mjs
import assert from "node:assert/strict";
import { build } from "esbuild";

const { outputFiles } = await build({ entryPoints: ["src/numbers.ts"], bundle: true, format: "esm", write: false });
const source = Buffer.from(outputFiles[0].contents).toString("base64");
const { number, signed, exact, decimalsThatAdd, read, count, percent, MINUS } = await import(
  `data:text/javascript;base64,${source}`
);

/** Repeatable numbers of every size and sign (xorshift). */
function* numbers(n) {
  let state = 0x9e3779b9;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < n; i++) yield (next() - 0.5) * 10 ** Math.round(24 * next() - 12);
}

const back = (text) => Number(text.replaceAll(MINUS, "-"));

for (const x of numbers(20_000)) {
  for (const decimals of [2, 3, 4]) {
    const text = number(x, decimals);
    assert.ok(!text.includes("-"), `${x} is written with a hyphen: ${text}`);
    assert.ok(Math.sign(back(text)) === Math.sign(x), `${x} loses its sign or itself: ${text}`);
    const coarse = Math.max(0.5000001 * 10 ** -decimals, 0.0500001 * Math.abs(x));
    assert.ok(Math.abs(back(text) - x) <= coarse, `${x} is written as ${text}`);
    assert.equal(signed(x, decimals), x > 0 ? `+${text}` : text);
  }
  assert.equal(back(exact(x)), x);
  assert.equal(read(exact(x)), x);
}

// Sums: where decimals are given, what is written adds up to what is written.
const terms = [...numbers(30_000)].map((x) => x % 1);
for (let i = 0; i + 5 <= terms.length; i += 5) {
  const some = terms.slice(i, i + 5);
  const total = some.reduce((a, b) => a + b, 0);
  const decimals = decimalsThatAdd(some, total);
  if (decimals === undefined) continue;
  const last = 10n ** BigInt(decimals);
  const units = (x) => BigInt(Math.round(back(x.toFixed(decimals)) * Number(last)));
  assert.equal(some.reduce((so, x) => so + units(x), 0n), units(total), `${some} = ${total}`);
}
assert.equal(decimalsThatAdd([0.1, 0.2], 0.3), 4);
assert.equal(decimalsThatAdd([1 / 3, 1 / 3, 1 / 3], 1), undefined);
assert.equal(decimalsThatAdd([0.00004, 0.00004], 0.00008), 5);

assert.equal(number(0, 4), "0.0000");
assert.equal(signed(0, 2), "0.00");
assert.equal(number(-0.00000123, 4), `${MINUS}1.2e${MINUS}6`);
assert.equal(number(0.00004, 4), `4.0e${MINUS}5`);
assert.equal(number("nan"), "nan");
assert.equal(number("-inf"), `${MINUS}inf`);
assert.equal(signed(Infinity), "+inf");
assert.equal(number(123456.7), "1.2e5");
assert.equal(count(1234567), "1,234,567");
assert.equal(percent(0.98), "98.0 %");
assert.equal(read("1,5"), 1.5);
assert.equal(read(`${MINUS}2e-3`), -0.002);
assert.equal(read("two"), undefined);
console.log("numbers are written as they should be");
