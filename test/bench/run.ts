import { benchColdStart } from "./cold-start.ts";

/** `npm run bench`: speed as ratios within one run. Exits non-zero when a promise is not kept. */
for (const bench of [benchColdStart]) {
  const { title, lines, isWithin } = await bench();
  console.log(`\n${title}: ${isWithin ? "within its bounds" : "OUT OF BOUNDS"}`);
  for (const line of lines) console.log(`  ${line}`);
  if (!isWithin) process.exitCode = 1;
}
