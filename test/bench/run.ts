import { benchChat } from "./chat.ts";
import { benchColdStart } from "./cold-start.ts";
import { benchHistory } from "./history.ts";

/** `npm run bench`: speed as ratios within one run. Exits non-zero when a promise is not kept. */
const wanted = process.argv[2];
const benches = { "cold-start": benchColdStart, history: benchHistory, chat: benchChat };
for (const [name, bench] of Object.entries(benches)) {
  if (wanted !== undefined && wanted !== name) continue;
  const { title, lines, isWithin } = await bench();
  console.log(`\n${title}: ${isWithin ? "within its bounds" : "OUT OF BOUNDS"}`);
  for (const line of lines) console.log(`  ${line}`);
  if (!isWithin) process.exitCode = 1;
}
