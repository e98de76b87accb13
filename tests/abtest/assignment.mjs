// A second implementation of the assignment, from its description alone (abtest/assignment.py,
// abtest/layers.py, RFC 7693). Reads the vectors that it is given and prints where it disagrees.
// Run: node assignment.mjs assignment.json
import { readFileSync } from "node:fs";

const MASK = (1n << 64n) - 1n;
const IV = [
  0x6a09e667f3bcc908n, 0xbb67ae8584caa73bn, 0x3c6ef372fe94f82bn, 0xa54ff53a5f1d36f1n,
  0x510e527fade682d1n, 0x9b05688c2b3e6c1fn, 0x1f83d9abfb41bd6bn, 0x5be0cd19137e2179n,
];
const SIGMA = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
  [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
  [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
  [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
  [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
  [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
  [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
  [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
  [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
];
const MIXES = [
  [0, 4, 8, 12], [1, 5, 9, 13], [2, 6, 10, 14], [3, 7, 11, 15],
  [0, 5, 10, 15], [1, 6, 11, 12], [2, 7, 8, 13], [3, 4, 9, 14],
];

const rotated = (word, bits) => ((word >> bits) | (word << (64n - bits))) & MASK;

function mix(v, [a, b, c, d], x, y) {
  v[a] = (v[a] + v[b] + x) & MASK;
  v[d] = rotated(v[d] ^ v[a], 32n);
  v[c] = (v[c] + v[d]) & MASK;
  v[b] = rotated(v[b] ^ v[c], 24n);
  v[a] = (v[a] + v[b] + y) & MASK;
  v[d] = rotated(v[d] ^ v[a], 16n);
  v[c] = (v[c] + v[d]) & MASK;
  v[b] = rotated(v[b] ^ v[c], 63n);
}

function compress(h, block, counted, last) {
  const words = Array.from({ length: 16 }, (_, i) => block.readBigUInt64LE(8 * i));
  const v = [...h, ...IV];
  v[12] ^= BigInt(counted);
  if (last) v[14] ^= MASK;
  for (let round = 0; round < 12; round++) {
    const order = SIGMA[round % 10];
    MIXES.forEach((places, i) => mix(v, places, words[order[2 * i]], words[order[2 * i + 1]]));
  }
  for (let i = 0; i < 8; i++) h[i] ^= v[i] ^ v[i + 8];
}

function blake2b(message, key, length) {
  const h = [...IV];
  h[0] ^= BigInt(0x01010000 ^ (key.length << 8) ^ length);
  const padded = Buffer.alloc(key.length ? 128 : 0);
  key.copy(padded);
  const input = Buffer.concat([padded, message]);
  const blocks = Math.max(Math.ceil(input.length / 128), 1);
  for (let i = 0; i < blocks; i++) {
    const block = Buffer.alloc(128);
    input.copy(block, 0, 128 * i, 128 * (i + 1));
    compress(h, block, Math.min(128 * (i + 1), input.length), i === blocks - 1);
  }
  const out = Buffer.alloc(64);
  h.forEach((word, i) => out.writeBigUInt64LE(word, 8 * i));
  return out.subarray(0, length);
}

const text = (value) => Buffer.from(value, "utf8");
const odd = (digest) => digest.readBigUInt64BE(0) | 1n;
const unitNumber = (unit) => odd(blake2b(text(unit), Buffer.alloc(0), 8));
const multiplier = (salt, slot) => odd(blake2b(text(salt), Buffer.from([slot]), 8));
const drawn = (salt, slot, unit) => (unitNumber(unit) * multiplier(salt, slot)) & MASK;
const uniform = (salt, slot, unit) => Number(drawn(salt, slot, unit)) / 2 ** 64;
const hex = (number) => number.toString(16).padStart(16, "0");

function choose(salt, unit, arms) {
  let [best, most] = [arms[0][0], -Infinity];
  for (const [slot, weight] of arms) {
    const score = Math.log(uniform(salt, slot, unit)) / weight;
    if (score > most) [best, most] = [slot, score];
  }
  return best;
}

const checks = {
  units: ({ unit, number }) => hex(unitNumber(unit)) === number,
  multipliers: ({ salt, slot, number }) => hex(multiplier(salt, slot)) === number,
  choices: ({ salt, unit, arms, slot }) => choose(salt, unit, arms) === slot,
  holdouts: ({ salt, unit, share, held }) => uniform(salt, 20, unit) < share === held,
  layers: ({ layer, unit, bucket }) =>
    Number((drawn(layer, 21, unit) * 10000n) >> 64n) === bucket,
};

const vectors = JSON.parse(readFileSync(process.argv[2], "utf8"));
const checked = {};
for (const [name, entries] of Object.entries(vectors)) {
  const wrong = entries.filter((entry) => !checks[name](entry));
  checked[name] = { agree: entries.length - wrong.length, differ: wrong.slice(0, 3) };
}
process.stdout.write(JSON.stringify(checked) + "\n");
