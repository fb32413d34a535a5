import { createGenerateImage } from "./generate-image.ts";
import { createGetTime } from "./get-time.ts";
import { createRemember } from "./remember.ts";
import { createSearchHistory } from "./search-history.ts";
import type { Tool } from "./tool.ts";

type ToolDependencies = Parameters<typeof createGenerateImage>[0] &
  Parameters<typeof createRemember>[0] &
  Parameters<typeof createSearchHistory>[0];

/** What models may call, in the order in which they are told of it. */
export function createTools(dependencies: ToolDependencies): readonly Tool[] {
  return [
    createGenerateImage(dependencies),
    createRemember(dependencies),
    createSearchHistory(dependencies),
    createGetTime(dependencies),
  ];
}
