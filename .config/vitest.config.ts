import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** One project a kind of test. `npm test` runs all of them; `npm test -- --project unit` runs one. */
const project = (name: string, options: Record<string, unknown> = {}) => ({
  extends: true as const,
  test: { name, include: [`test/${name}/**/*.test.ts`], ...options },
});

export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [project("unit"), project("integration")],
  },
});
