import { problemFrom, wordsFor } from "./problem.ts";
import { type Feature, store } from "./state.ts";
import { showToast } from "./toast.ts";

/**
 * Says that something failed. A route that the server does not have takes its part of the page away with it.
 * @param hasResource whether the route names something that may be gone, so that 404 need not mean the route
 */
export function explainFailure(error: unknown, feature: Feature, hasResource: boolean): void {
  const problem = problemFrom(error);
  const isMissing = problem.status === 405 || (problem.status === 404 && !hasResource);
  const { missing } = store.get();
  if (isMissing && !missing.includes(feature)) store.set({ missing: [...missing, feature] });
  showToast({ text: isMissing ? "This Muse does not offer that." : wordsFor(problem), tone: "problem" });
}
