import { benchAuthAndLimits } from "./auth-and-limits.ts";
import { benchCapacity } from "./capacity.ts";
import { benchChat } from "./chat.ts";
import { benchColdStart } from "./cold-start.ts";
import { benchGallery } from "./gallery.ts";
import { benchHistory } from "./history.ts";
import { benchLogins } from "./logins.ts";
import type { Report } from "./report.ts";

/**
 * `npm run bench`: speed as ratios within one run. `npm run bench -- chat` runs one; `capacity` takes minutes and runs
 * only by its name. Exits non-zero when a promise is not kept.
 */
const benches: Readonly<Record<string, () => Promise<Report>>> = {
  "cold-start": benchColdStart,
  "auth-and-limits": benchAuthAndLimits,
  history: benchHistory,
  chat: benchChat,
  logins: benchLogins,
  gallery: benchGallery,
};
const byName: typeof benches = { ...benches, capacity: benchCapacity };
const wanted = process.argv[2];
const chosen = wanted === undefined ? Object.values(benches) : [byName[wanted]];
for (const bench of chosen) {
  if (bench === undefined) throw new Error(`no such bench; there are: ${Object.keys(byName).join(", ")}`);
  const { title, lines, isWithin } = await bench();
  console.log(`\n${title}: ${isWithin ? "within its bounds" : "OUT OF BOUNDS"}`);
  for (const line of lines) console.log(`  ${line}`);
  if (!isWithin) process.exitCode = 1;
}
