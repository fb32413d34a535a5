import type { GenerationDependencies } from "../generations/generation-dependencies.ts";
import { createGenerateImage } from "./generate-image.ts";
import { createGetTime } from "./get-time.ts";
import type { Tool } from "./tool.ts";

/** What models may call, in the order in which they are told of it. */
export function createTools(dependencies: GenerationDependencies): readonly Tool[] {
  return [createGenerateImage(dependencies), createGetTime(dependencies)];
}
